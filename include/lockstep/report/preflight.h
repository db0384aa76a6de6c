#pragma once

#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/fleet/results.h"

namespace lockstep::report {

/// What would not be permitted, tenants that lack the same told together; the remedy is the first
/// tenant's, or with `all` every tenant's.
core::Problems preflight_problems(const std::vector<fleet::PreflightFailure>& failures, bool all);

}  // namespace lockstep::report
