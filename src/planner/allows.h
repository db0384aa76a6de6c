#pragma once

#include <set>
#include <vector>

#include "fold.h"

namespace lockstep::planner {

/// An `allow` that permits nothing is a mistake, or a leftover: one Problem for each directive that
/// no hazard of its items used.
core::Problems unused_allows(const Recognised& migration, const std::set<UsedAllow>& used);

}  // namespace lockstep::planner
