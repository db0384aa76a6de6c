#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/core/ids.h"
#include "lockstep/core/problem.h"
#include "lockstep/fleet/results.h"
#include "lockstep/plan/step.h"

namespace lockstep::fleet {

struct RollbackRequest {
  /// Everything above it is taken back. Nothing: what is between its phases, and above that; where
  /// nothing is, nothing is taken back, so that it may be run twice.
  std::optional<core::Version> to;
  /// Also steps whose undo does not give everything back.
  bool accept_loss = false;
};

/// What is taken back of one migration, the last step first.
struct RollbackMigration {
  std::string migration;  ///< its key
  std::string name;
  std::vector<plan::Step> steps;  ///< those that stand, as stored
};

/// Tenants of which the same is taken back.
struct RollbackGroup {
  std::vector<std::string> tenants;           ///< in rollout order; kSharedTenant stands alone
  std::vector<RollbackMigration> migrations;  ///< repeatables first, then the highest version
};

struct RollbackPlan {
  std::vector<RollbackGroup> groups;
  core::Problems refusals;  ///< exit 3: nothing is changed
  std::size_t tenants = 0;  ///< selected and existing
  /// With --tenants the shared scope stays as it is; it has something that would go otherwise.
  bool shared_stays = false;
};

struct RollbackResult {
  RollbackPlan plan;  ///< what there was to do at the beginning
  ApplyResult run;    ///< `done`: tenants in which nothing of it stands any more
};

}  // namespace lockstep::fleet
