#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lockstep/core/clock.h"
#include "lockstep/database/catalog_reader.h"
#include "lockstep/database/lease.h"
#include "lockstep/database/ledger.h"
#include "lockstep/database/session.h"
#include "lockstep/execution/events.h"
#include "lockstep/execution/options.h"
#include "lockstep/fleet/purge.h"
#include "lockstep/fleet/results.h"
#include "lockstep/fleet/rollback.h"
#include "lockstep/fleet/rollout_policy.h"
#include "lockstep/fleet/tenants.h"
#include "lockstep/planner/planner.h"

namespace lockstep::fleet {

using Files = std::vector<planner::Recognised>;
using CatalogReaderFactory =
    std::function<std::unique_ptr<database::CatalogReader>(database::Session& session)>;

/// Everything outside that a fleet needs. All outlive it.
struct Ports {
  database::Database& database;
  database::Ledger& ledger;
  database::Lease& lease;
  CatalogReaderFactory catalog_reader;
  core::Clock& clock;
  core::Jitter jitter;
  execution::Events& events;
};

struct FleetOptions {
  TenantSource tenants;
  RolloutPolicy rollout;
  execution::ExecutionOptions execution;  ///< `server` is filled in by the fleet
  database::RunInfo run;                  ///< command, phase and plan are filled in by the fleet
  std::string lockstep_version;
  migration::Variables variables;  ///< that the files were read with
  bool out_of_order = false;
  std::optional<catalog::DropGrace> grace;
  bool preflight = true;  ///< ask for the role's rights before anything is changed
};

/// Stops a run in two stages: `finish` after the current transaction or batch, `cancel` also
/// cancels what runs on the server. A thread that waits for signals requests them.
struct StopTokens {
  std::stop_token finish;
  std::stop_token cancel;
};

enum class PhaseChoice { kExpand, kContract, kAll };

struct ApplyRequest {
  /// Nothing: both phases, unless something irreversible is pending (refused, named).
  std::optional<PhaseChoice> phase;
  /// A reviewed plan: exactly it is run, or refused with what changed (RULES.md 24).
  const plan::Plan* saved = nullptr;
  bool strict_tenants = false;  ///< refuse any change of the saved plan's list of tenants
  /// What somebody was shown and has agreed to: no other step is begun. Not with `saved`.
  const plan::Plan* shown = nullptr;
};

struct RepairRequest {
  bool forget_deleted = false;
  /// Also what leaves tenants with different texts of one migration.
  bool accept_different = false;
};

/// An edited file that was accepted.
struct AcceptedEdit {
  std::string migration;
  bool same_statements = false;  ///< as before: nobody gets anything else
  Spread standing;               ///< when it was accepted
};

struct RepairResult {
  std::vector<std::string> accepted;   ///< edited files whose checksum is now recorded
  std::vector<AcceptedEdit> edits;     ///< of the same
  std::vector<std::string> forgotten;  ///< deleted ones, only where asked for
  /// Half-way tenants that somebody else changed: they go on with the structure that they have.
  std::vector<std::string> structures;
};

struct BaselineResult {
  std::size_t tenants = 0;  ///< selected
  std::size_t recorded =
      0;  ///< rows that were not there: migrations, in each tenant that lacked one
  /// Of these, who had taken back what: names by migration. kSharedTenant is the shared scope.
  std::map<std::string, std::vector<std::string>> taken_back;
};

/// The tenants of one database and what is to be done with them: the ledger, the files and the
/// catalog brought together. Used by one thread; `apply` starts its own workers.
/// Throws DatabaseError, core::Refused (exit 3), core::InvalidInput (exit 4).
class Fleet {
 public:
  Fleet(Ports ports, FleetOptions options);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Changes nothing; works without a ledger. `stop` ends the wait for a server that went away.
  Status status(const Files& files, const std::stop_token& stop = {});
  /// Changes nothing; works without a ledger.
  Planned plan(const Files& files);
  ApplyResult apply(const Files& files, const ApplyRequest& request, const StopTokens& stop);
  /// What `rollback` would take back. Changes nothing; works without a ledger.
  RollbackPlan rollback_plan(const Files& files, const RollbackRequest& request);
  /// Takes the stored expand steps of tenants back, the last first, each exactly once. Throws
  /// core::Refused before anything is changed where that cannot be.
  RollbackResult rollback(const Files& files, const RollbackRequest& request,
                          const StopTokens& stop);
  /// What is kept, and what of it the request is about. Changes nothing; works without a ledger.
  PurgePlan purge_plan(const PurgeRequest& request);
  /// Removes it for good, or brings it back, each exactly once. Throws core::Refused before
  /// anything is changed where that cannot be.
  PurgeResult purge(const PurgeRequest& request, const StopTokens& stop);
  /// Without a tenant: all that are selected; where that is no choice, also those that are gone and
  /// the shared scope. Empty where there is no ledger.
  std::vector<database::HistoryEntry> history(const std::optional<std::string>& tenant,
                                              std::size_t limit);
  /// Declares every versioned migration up to and including `version` applied, in the selected
  /// tenants and the shared scope, where nothing of it stands. Throws core::Refused, before it
  /// changes anything, where somebody is half way through one of them.
  BaselineResult baseline(const Files& files, const core::Version& version);
  /// Accepts edited files, and structures that changed under half-way tenants. Throws
  /// core::Refused, before it changes anything, where tenants would have different things under one
  /// version.
  RepairResult repair(const Files& files, const RepairRequest& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::fleet
