#include "unswept.h"

#include <algorithm>
#include <variant>

namespace lockstep::planner {

using plan::Step;
using plan::Touch;
using How = plan::Touch::How;

namespace {

/// A batched update without a condition for what is left, or one that its author lets run whole.
bool leaves_rows_unswept(const Step& step) {
  if (step.operation != "update_rows" || step.phase != core::Phase::kExpand) return false;
  const auto* backfill = std::get_if<plan::BackfillBody>(&step.body);
  return backfill == nullptr || backfill->remaining.empty();
}

bool adds_constraint(const Step& step) {
  const auto* build = std::get_if<plan::ConcurrentBody>(&step.body);
  if (build != nullptr) return build->unique;
  return std::any_of(step.touches.begin(), step.touches.end(), [](const Touch& touch) {
    return touch.how == How::kCreates && touch.kind == "constraint";
  });
}

}  // namespace

std::optional<Touch> constrains_unswept(const Step& later, const Step& earlier) {
  // A constraint in expand is one that accepts what the deployed application leaves in the column.
  if (later.phase != core::Phase::kContract) return std::nullopt;
  if (!leaves_rows_unswept(earlier) || !adds_constraint(later)) return std::nullopt;
  for (const Touch& filled : earlier.touches) {
    if (filled.how != How::kChanges || filled.kind != "column") continue;
    const bool constrained =
        std::any_of(later.touches.begin(), later.touches.end(), [&](const Touch& touch) {
          return touch.kind == "column" && touch.name == filled.name &&
                 touch.sub_name == filled.sub_name;
        });
    if (constrained) return filled;
  }
  return std::nullopt;
}

bool creates_relation(const Step& step, const plan::QualifiedName& relation) {
  // What has another name only is nothing new.
  const bool renames = std::any_of(
      step.touches.begin(), step.touches.end(),
      [](const Touch& touch) { return touch.how == How::kRenames && touch.kind == "relation"; });
  return !renames && std::any_of(step.touches.begin(), step.touches.end(), [&](const Touch& touch) {
    return touch.how == How::kCreates && touch.kind == "relation" && touch.name == relation;
  });
}

}  // namespace lockstep::planner
