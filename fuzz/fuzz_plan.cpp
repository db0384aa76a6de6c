// Any bytes as a migration, and as the DDL of what is there before it: parsed, recognised, judged
// and planned. It may say what is wrong with them, but neither crash nor hang nor grow without
// bounds; and a plan that it makes is the same when it is made again, written and read back.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "lockstep/migration/migration.h"
#include "lockstep/plan/plan.h"
#include "lockstep/planner/planner.h"
#include "tests/cases/starting_catalog.h"

namespace lockstep {
namespace {

/// Between the DDL and the migration, as between the sections of a case.
constexpr std::string_view kBetween = "\n===\n";

catalog::Catalog catalog_of(const std::string& ddl) {
  try {
    return cases::starting_catalog(ddl);
  } catch (const std::exception&) {
    return cases::starting_catalog("");  // it makes no catalog, and says so
  }
}

planner::PlanInput input_for(const catalog::Catalog& catalog,
                             const migration::Migration& migration) {
  planner::CohortInput cohort;
  cohort.fingerprint = "start";
  cohort.tenants = {"acme"};
  cohort.catalog = catalog;
  cohort.pending = {migration.id.key()};
  planner::PlanInput input;
  input.lockstep_version = "0";
  if (migration.scope == core::Scope::kShared) {
    input.shared = std::move(cohort);
    input.shared.tenants.clear();
  } else {
    input.cohorts = {std::move(cohort)};
  }
  return input;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void plan_of(const catalog::Catalog& catalog, const std::string& text) {
  const migration::Loaded loaded = migration::load_migration(LOCKSTEP_FUZZ_FILE, text);
  core::Problems problems = loaded.problems;
  const auto recognised = planner::recognise(loaded.migrations, problems);
  if (!problems.empty() || loaded.migrations.empty()) return;
  const planner::PlanInput input = input_for(catalog, loaded.migrations.front());
  const planner::PlanResult result = planner::make_plan(recognised, input);
  const std::string json = plan::to_json(result.plan);
  require(json == plan::to_json(planner::make_plan(recognised, input).plan),
          "the same input gives another plan");
  if (!result.problems.empty() || !result.refusals.empty()) return;
  const auto read = plan::from_json(json, "fuzz.plan.json");
  require(std::holds_alternative<plan::Plan>(read), "a plan that cannot be read back");
  require(std::get<plan::Plan>(read) == result.plan, "a plan that is another one when read back");
}

}  // namespace
}  // namespace lockstep

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string whole(data, data + size);
  const std::size_t between = whole.find(lockstep::kBetween);
  const bool two = between != std::string::npos;
  lockstep::plan_of(lockstep::catalog_of(two ? whole.substr(0, between) : std::string()),
                    two ? whole.substr(between + lockstep::kBetween.size()) : whole);
  return 0;
}
