#pragma once

#include <optional>

#include "lockstep/plan/step.h"

namespace lockstep::planner {

/// The constraint that `earlier` drops, leaving nothing in its place, and `later`, which runs after
/// it, adds again.
std::optional<plan::Touch> constraint_gap(const plan::Step& later, const plan::Step& earlier);

}  // namespace lockstep::planner
