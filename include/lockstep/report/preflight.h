#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/fleet/results.h"

namespace lockstep::report {

/// What would not be permitted or stands in the way, tenants that lack the same told together; the
/// remedy is the first tenant's, or with `all` every tenant's.
core::Problems preflight_problems(const std::vector<fleet::PreflightFailure>& failures, bool all);

/// "2 things are not permitted", or where it is not all about rights, "2 things stand in the way".
std::string preflight_words(const std::vector<fleet::PreflightFailure>& failures,
                            std::size_t problems);

}  // namespace lockstep::report
