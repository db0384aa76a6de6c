#pragma once

#include <map>
#include <set>
#include <string>

#include "lockstep/fleet/rollback.h"
#include "survey.h"

namespace lockstep::fleet {

/// What goes, by tenant: keys of migrations.
using TakenBack = std::map<std::string, std::set<std::string>>;

/// What is to be taken back, and why it cannot be.
struct Rollback {
  RollbackPlan plan;
  TakenBack keys;  ///< without tenants of which nothing is
};

/// Reads, and changes nothing. Throws core::InvalidInput for a version that nobody knows.
Rollback rollback_of(const Ports& ports, const FleetOptions& options, database::Session& session,
                     const Survey& survey, const Files& files, const RollbackRequest& request);

/// Of `keys`, the tenants in which any of it still stands, each with all of it: what of a migration
/// is only stored goes with the rest.
TakenBack still_standing(const Survey& survey, const TakenBack& keys);

}  // namespace lockstep::fleet
