#pragma once

#include <map>
#include <string>
#include <vector>

#include "lockstep/fleet/fleet.h"
#include "survey.h"

namespace lockstep::fleet {

/// Invalid indexes that have the name of one which half-way tenants are still to build, and which
/// no intent of that step claims: somebody else's, which Lockstep never drops. What its own builds
/// left is dropped and built again; what stands in the way of migrations that have not begun is
/// refused by the planner (invalid-index). Only of the phases that are asked for. `stored`: steps
/// by the hash in the tenants' rows; `files`: all of the folder.
std::vector<PreflightFailure> leftovers(
    database::Ledger& ledger, database::Session& session, const Survey& survey, const Files& files,
    const std::map<std::string, std::vector<plan::Step>>& stored, PhaseChoice phases);

}  // namespace lockstep::fleet
