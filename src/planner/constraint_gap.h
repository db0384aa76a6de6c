#pragma once

#include <optional>

#include "lockstep/plan/step.h"

namespace lockstep::planner {

/// The constraint that `earlier` drops before the deploy, leaving nothing in its place, and `later`
/// adds only after it.
std::optional<plan::Touch> constraint_gap(const plan::Step& later, const plan::Step& earlier);

}  // namespace lockstep::planner
