#pragma once

#include <map>

#include "lockstep/plan/step.h"

namespace lockstep::planner {

/// Rows the step reads or writes and a guess at its seconds, from the largest tenant's row counts.
/// Zero for what only changes the catalog.
plan::Estimate estimate(const plan::Step& step, const std::map<core::QualifiedName, double>& rows);

}  // namespace lockstep::planner
