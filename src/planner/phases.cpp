#include "phases.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep::planner {

using plan::Step;
using plan::Touch;
using How = plan::Touch::How;

namespace {

bool comes_or_goes(How how) {
  return how == How::kCreates || how == How::kDrops || how == How::kRenames;
}

bool whole_relation(const Touch& touch) {
  return touch.kind == "relation" && comes_or_goes(touch.how);
}

/// The same object, or one is a whole table that comes or goes and the other a part of it.
bool overlap(const Touch& a, const Touch& b) {
  if (a.name != b.name) return false;
  if (a.kind == b.kind && a.sub_name == b.sub_name) return true;
  return whole_relation(a) || whole_relation(b);
}

/// "users.email", "schema billing", "database app".
std::string name_of(const Touch& touch) {
  if (touch.name.schema.empty()) return touch.name.name;
  if (touch.name.name.empty()) return "schema " + touch.name.schema;
  const std::string name = core::display(touch.name);
  return touch.sub_name.empty() ? name : fmt::format("{}.{}", name, touch.sub_name);
}

template <class Matters>
std::optional<Conflict> find(const Step& later, const Step& earlier, Matters matters) {
  for (const Touch& before : earlier.touches) {
    for (const Touch& after : later.touches) {
      if (matters(before.how, after.how) && overlap(before, after)) return Conflict{after};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Conflict> depends_within_file(const Step& later, const Step& earlier) {
  return find(later, earlier,
              [](How before, How after) { return before != How::kNeeds || after != How::kNeeds; });
}

std::optional<Conflict> depends_across_files(const Step& later, const Step& earlier) {
  return find(later, earlier, [](How before, How after) {
    return comes_or_goes(before) || after == How::kDrops || after == How::kRenames;
  });
}

const Touch* changes_outside(const Step& step) {
  const auto found = std::find_if(step.touches.begin(), step.touches.end(), [](const Touch& touch) {
    return touch.how != How::kNeeds && !touch.name.in_tenant();
  });
  return found == step.touches.end() ? nullptr : &*found;
}

std::string describe(const Touch& touch) {
  const std::string name = core::display(touch.name);
  if (touch.kind == "column") return fmt::format("column {}.{}", name, touch.sub_name);
  if (touch.kind == "constraint") return fmt::format("constraint {} of {}", touch.sub_name, name);
  if (touch.kind == "rows") return fmt::format("rows of {}", name);
  if (touch.kind == "comment") return fmt::format("the comment on {}", name_of(touch));
  if (touch.kind == "privileges") return fmt::format("privileges on {}", name_of(touch));
  return fmt::format("{} {}", touch.kind, name);
}

}  // namespace lockstep::planner
