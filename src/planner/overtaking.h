#pragma once

#include "lockstep/plan/hazard.h"
#include "phases.h"

namespace lockstep::planner {

/// Writes into `hazard` that `step`, in expand, runs before `overtaken`, which is written before it
/// but is in contract, and what to do about it.
void tell_overtaking(plan::Hazard& hazard, const plan::Step& step, const plan::Step& overtaken,
                     const Conflict& conflict);

}  // namespace lockstep::planner
