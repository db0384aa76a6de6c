#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/migration/migration.h"
#include "lockstep/plan/plan.h"
#include "lockstep/planner/planner.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/tenant.h"

// A scenario's migration as Lockstep plans it, and the plan's steps played one after the other
// without the executor: the SQL alone must already be right.

namespace lockstep::test {

/// The file, recognised, and what must be read to plan it.
struct Recognised {
  migration::Loaded files;
  std::vector<planner::Recognised> migrations;
  catalog::CatalogRequest request;
};
/// Throws std::runtime_error with the problems.
std::unique_ptr<Recognised> recognise(const Scenario& scenario);

/// Everything that was there at the start: an index that is gone leads nobody to its table any
/// more.
catalog::CatalogRequest with_all_of(catalog::CatalogRequest request,
                                    const catalog::Catalog& catalog);
catalog::Catalog read_catalog(Tenant& tenant, const catalog::CatalogRequest& request);
std::string fingerprint(Tenant& tenant, const catalog::CatalogRequest& request);

/// The hazards and steps for the tenant as it is. Throws std::runtime_error with the problems and
/// what was refused.
struct Planned {
  std::vector<plan::Hazard> hazards;
  std::vector<plan::Step> steps;
};
Planned make_plan(const Recognised& recognised, const catalog::Catalog& catalog, bool kept = false);

/// What LOCK TABLE statements and what SQL a transaction consists of, rendered.
std::vector<std::string> statements_of(const Tenant& tenant,
                                       const std::vector<plan::LockClaim>& lock_first,
                                       const std::vector<std::string>& sql);
/// The whole backfill as one statement, rendered.
std::string backfill_statement(const Tenant& tenant, const plan::BackfillBody& body);

/// Plays a step to its end. Throws std::runtime_error where a step's own word is not kept: a check
/// that finds rows, a backfill that leaves rows, a concurrent step whose done_when is true before
/// or false after it.
void play(Tenant& tenant, const plan::Step& step);
/// Plays the direct attempt that stands on a step.
void play(Tenant& tenant, const plan::Direct& direct);
/// What the step is about to replace is noted in the tenant, as the executor does; `play` does it.
void keep_former(Tenant& tenant, const plan::Step& step);
/// What takes the step back, with what was kept for it.
plan::Step undo_step_of(const Tenant& tenant, const plan::Step& step);
/// Plays that.
void undo(Tenant& tenant, const plan::Step& step);

}  // namespace lockstep::test
