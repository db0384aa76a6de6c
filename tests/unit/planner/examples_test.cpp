#include <memory>

#include "lockstep/core/file_reader.h"
#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;

namespace {

struct Examples {
  Examples() {
    const auto files = core::disk_reader();
    loaded = migration::load_migrations(*files, std::string(LOCKSTEP_SOURCE_DIR) + "/migrations");
    problems = loaded.problems;
    recognised = recognise(loaded.migrations, problems);
  }
  migration::Loaded loaded;
  core::Problems problems;
  std::vector<Recognised> recognised;
};

catalog::Catalog with_registry() {
  catalog::Catalog catalog;
  catalog.version.number = 150000;
  catalog.shared_schemas = {"tenant_management", "public"};
  catalog.schemas = {"tenant_management", "public"};
  catalog::Relation tenants;
  tenants.name = {"tenant_management", "tenants"};
  catalog.relations.emplace(tenants.name, tenants);
  return catalog;
}

}  // namespace

TEST_CASE("the example's migrations lint without a problem or a refusal") {
  const Examples examples;
  REQUIRE(messages(examples.problems) == std::vector<std::string>{});
  catalog::Catalog unknown;
  unknown.version.number = 150000;
  unknown.partial = true;
  const Analysis analysis = analyze(examples.recognised, unknown);
  CHECK(messages(analysis.problems) == std::vector<std::string>{});
  for (const plan::Hazard& hazard : analysis.hazards) {
    INFO(core::to_string(hazard.where) << " " << hazard.id << ": " << hazard.effect);
    CHECK(hazard.verdict != plan::Verdict::kRefused);
  }
}

TEST_CASE("the example's migrations can be planned one release after the other") {
  const Examples examples;
  catalog::Catalog catalog = with_registry();
  for (const Recognised& migration : examples.recognised) {
    const std::string key = migration.migration->id.key();
    INFO(key);
    PlanInput input = plan_input({});
    CohortInput all = cohort(catalog, {"acme"}, {key});
    if (migration.migration->scope == core::Scope::kShared) {
      all.tenants.clear();
      input.shared = all;
    } else {
      input.cohorts = {all};
    }
    const PlanResult result = make_plan(examples.recognised, input);
    CHECK(messages(result.problems) == std::vector<std::string>{});
    CHECK(messages(result.refusals) == std::vector<std::string>{});
    REQUIRE(result.plan.cohorts.size() == 1);
    CHECK_FALSE(result.plan.cohorts[0].steps.empty());
    for (const auto& operation : migration.operations) {
      operation->apply(catalog, core::Phase::kExpand);
      operation->apply(catalog, core::Phase::kContract);
    }
    for (auto& [name, relation] : catalog.relations) {
      relation.created_by.clear();
      for (auto& column : relation.columns) column.added_by_plan = false;
    }
  }
}

TEST_CASE("the example's migrations can be planned all at once") {
  const Examples examples;
  PlanInput input = plan_input({cohort(with_registry(), {"acme"}, {})});
  input.shared = cohort(with_registry(), {}, {});
  for (const Recognised& migration : examples.recognised) {
    const bool shared = migration.migration->scope == core::Scope::kShared;
    (shared ? input.shared : input.cohorts[0]).pending.insert(migration.migration->id.key());
  }
  const PlanResult result = make_plan(examples.recognised, input);
  CHECK(messages(result.problems) == std::vector<std::string>{});
  CHECK(messages(result.refusals) == std::vector<std::string>{});
  CHECK(result.plan.cohorts.size() == 2);
}
