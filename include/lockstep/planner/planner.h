#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/migration/migration.h"
#include "lockstep/operations/operation.h"
#include "lockstep/plan/plan.h"

// Pure: no connection, no clock, no randomness; the same inputs give the same bytes.

namespace lockstep::planner {

/// A migration with its operations recognised.
struct Recognised {
  const migration::Migration* migration = nullptr;  ///< outlives this
  std::vector<operations::OperationPtr> operations;
  std::vector<std::size_t> items;  ///< for each operation the index of the item it was written in
};

/// Turns statements and YAML into operations. All problems of all migrations in one run.
std::vector<Recognised> recognise(const std::vector<migration::Migration>& migrations,
                                  core::Problems& problems);

/// What must be read from a server to plan these.
catalog::CatalogRequest request_for(const std::vector<Recognised>& migrations);
catalog::CatalogRequest request_for(const Recognised& migration);

/// Hazards of all migrations against a catalog that each one changes for the next. For `lint`.
struct Analysis {
  std::vector<plan::Hazard> hazards;
  core::Problems problems;
};
Analysis analyze(const std::vector<Recognised>& migrations, catalog::Catalog catalog);

/// A tenant whose steps are not all done: no cohort's member; its stored steps go on.
struct HalfWay {
  std::vector<plan::Step> unfinished;  ///< stored steps not yet done, in order
};

/// Tenants of equal structure with the same migrations pending.
struct CohortInput {
  std::string fingerprint;
  std::vector<std::string> tenants;  ///< in rollout order
  catalog::Catalog catalog;          ///< of a representative, as it is now
  std::set<std::string> pending;     ///< MigrationId keys still to be planned
  /// Steps of earlier migrations that are stored but unfinished (their contract phase): later
  /// expands are checked against them, and the catalog is folded over their migrations' contract
  /// (keys in `expanded`).
  std::vector<plan::Step> unfinished;
  std::set<std::string> expanded;
  std::map<core::QualifiedName, double> rows;  ///< largest tenant's, for estimates
  std::vector<std::string> differs;            ///< from the largest cohort; filled by the caller
  /// Of `pending`: nobody works with these tenants yet, and everybody else is through with these
  /// migrations. Their contract steps need not wait for a deploy, and run in expand.
  std::set<std::string> at_once;
  /// Of `pending`: these tenants are late, their release is over elsewhere. Where one needs the
  /// contract of another, it waits for it in contract; within a running release that is refused.
  std::set<std::string> over;
};

struct PlanInput {
  plan::DatabaseIdentity database;
  std::string lockstep_version;
  std::vector<CohortInput> cohorts;
  CohortInput shared;  ///< scope = shared steps; no tenants
  /// Begun in some tenant: what goes wrong with one of these is not its file's fault.
  std::set<std::string> begun;
  /// What migrations drop from tenants that somebody works with is kept for so long.
  std::optional<catalog::DropGrace> grace;
};

struct PlanResult {
  plan::Plan plan;          ///< sealed; `refused` holds cohorts whose problem is theirs alone
  core::Problems problems;  ///< exit 4
  /// The refused hazards and the phase conflicts, as reasons; exit 3 where any.
  core::Problems refusals;
};

PlanResult make_plan(const std::vector<Recognised>& migrations, const PlanInput& input);

/// How two catalogs differ, one line a difference ("lacks index users_email_idx"); `these` seen
/// from `those`.
std::vector<std::string> describe_difference(const catalog::Catalog& these,
                                             const catalog::Catalog& those);

}  // namespace lockstep::planner
