#include "constraint_gap.h"

#include <algorithm>

namespace lockstep::planner {

using plan::Step;
using plan::Touch;
using How = plan::Touch::How;

namespace {

bool is_constraint(const Touch& touch, How how) {
  return touch.kind == "constraint" && touch.how == how;
}

}  // namespace

std::optional<Touch> constraint_gap(const Step& later, const Step& earlier) {
  const bool has_stand_in =
      std::any_of(earlier.touches.begin(), earlier.touches.end(),
                  [](const Touch& touch) { return is_constraint(touch, How::kCreates); });
  if (has_stand_in) return std::nullopt;
  for (const Touch& added : later.touches) {
    if (!is_constraint(added, How::kCreates)) continue;
    const bool dropped =
        std::any_of(earlier.touches.begin(), earlier.touches.end(), [&](const Touch& touch) {
          return is_constraint(touch, How::kDrops) && touch.name == added.name &&
                 touch.sub_name == added.sub_name;
        });
    if (dropped) return added;
  }
  return std::nullopt;
}

}  // namespace lockstep::planner
