// Proof on a real server that a plan does what the author's plain statements would have done, that
// the catalog is folded as the server changes it, and that each step's undo keeps its word.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "lockstep/planner/planner.h"
#include "tests/scenarios/catalog_difference.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

/// A schema's name as people should not choose it: planned SQL must quote it everywhere.
constexpr const char* kOddSchema = R"(O'Hara "and" sons)";

TestDatabase& database() {
  static TestDatabase database("CREATE ROLE reader");
  return database;
}

struct State {
  Lines structure;
  Lines rows;
};

State state_of(Tenant& tenant, const Scenario& scenario) {
  return {structure_of(tenant), rows_of(tenant, scenario.unforeseeable)};
}

void require_same(const State& expected, const State& actual, const std::string& what) {
  INFO(what);
  CHECK(difference(expected.structure, actual.structure) == "");
  CHECK(difference(expected.rows, actual.rows) == "");
}

struct Plain {
  State start;
  State end;
  catalog::Catalog catalog;
};

/// The author's statements as written, in a tenant of its own.
Plain run_plain(const Scenario& scenario, const Recognised& recognised) {
  Tenant tenant(database(), "plain", scenario.start);
  Plain plain;
  plain.start = state_of(tenant, scenario);
  tenant.run_as_written(scenario.yaml() ? scenario.plain : scenario.migration);
  plain.end = state_of(tenant, scenario);
  plain.catalog = read_catalog(tenant, recognised.request);
  return plain;
}

catalog::Catalog folded(catalog::Catalog catalog, const Recognised& recognised) {
  for (const planner::Recognised& migration : recognised.migrations) {
    for (const operations::OperationPtr& operation : migration.operations) {
      operation->apply(catalog, core::Phase::kExpand);
      operation->apply(catalog, core::Phase::kContract);
    }
  }
  return catalog;
}

/// Takes the played steps back, last first, for as long as their undo gives back the structure. What
/// a step filled in may stay until the undo of an earlier one takes its place away.
void undo_all(Tenant& tenant, const Scenario& scenario, const std::vector<plan::Step>& steps,
              const std::vector<State>& before) {
  bool data_comes_back = true;
  for (std::size_t i = steps.size(); i-- > 0;) {
    const plan::Step& step = steps[i];
    if (step.undo.gives == plan::UndoGives::kNone) {
      CHECK(step.undo.sql.empty());
      return;
    }
    undo(tenant, step);
    INFO(fmt::format("after the undo of step {} ({}), which gives {}", step.id, step.title,
                     plan::to_string(step.undo.gives)));
    CHECK(difference(before[i].structure, structure_of(tenant)) == "");
    data_comes_back = data_comes_back && step.undo.gives != plan::UndoGives::kStructureOnly;
  }
  if (!data_comes_back || steps.empty()) return;
  INFO("everything undone; nobody wrote in between, so that nothing new can have been lost");
  CHECK(difference(before.front().rows, rows_of(tenant, scenario.unforeseeable)) == "");
}

void check_staged(const Scenario& scenario, const Recognised& recognised, const Plain& plain) {
  Tenant tenant(database(), kOddSchema, scenario.start);
  require_same(plain.start, state_of(tenant, scenario), "the start");
  const catalog::Catalog before = read_catalog(tenant, recognised.request);
  const std::string fingerprint_before = fingerprint(tenant, recognised.request);
  const std::vector<plan::Step> steps = make_plan(recognised, before).steps;

  std::vector<State> states;
  for (const plan::Step& step : steps) {
    states.push_back(state_of(tenant, scenario));
    play(tenant, step);
  }
  require_same(plain.end, state_of(tenant, scenario), "the staged steps against the plain statements");
  const catalog::Catalog after = read_catalog(tenant, recognised.request);
  {
    INFO("the catalog of the plain statements against the staged one");
    CHECK(catalog_difference(plain.catalog, after) == "");
  }
  {
    INFO("the catalog as read against the folded one");
    CHECK(catalog_difference(without_printed_text(after),
                             without_printed_text(folded(before, recognised))) == "");
  }
  undo_all(tenant, scenario, steps, states);
  const bool all_exact = std::all_of(steps.begin(), steps.end(), [](const plan::Step& step) {
    return step.undo.gives == plan::UndoGives::kExact;
  });
  if (all_exact) CHECK(fingerprint(tenant, recognised.request) == fingerprint_before);
}

void check_direct(const Scenario& scenario, const Recognised& recognised, const Plain& plain) {
  Tenant tenant(database(), "direct", scenario.start);
  const std::vector<plan::Step> steps =
      make_plan(recognised, read_catalog(tenant, recognised.request)).steps;
  const bool any = std::any_of(steps.begin(), steps.end(),
                               [](const plan::Step& step) { return step.direct.has_value(); });
  if (!any) return;
  std::set<std::string> done;
  for (const plan::Step& step : steps) {
    if (done.count(step.id) != 0) continue;
    if (step.direct) {
      play(tenant, *step.direct);
      done.insert(step.direct->replaces.begin(), step.direct->replaces.end());
    } else {
      play(tenant, step);
    }
  }
  require_same(plain.end, state_of(tenant, scenario), "the direct attempts against the plain statements");
}

void check_scenario(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  const Plain plain = run_plain(scenario, *recognised);
  check_staged(scenario, *recognised, plain);
  check_direct(scenario, *recognised, plain);
}

void check_all(const Scenarios& scenarios) {
  const int server = shared_cluster().major_version();
  for (const Scenario& scenario : scenarios) {
    if (scenario.since > server || (scenario.until != 0 && scenario.until < server)) continue;
    DYNAMIC_SECTION(scenario.name) { check_scenario(scenario); }
  }
}

}  // namespace

TEST_CASE("tables: staged, plain, direct and folded are the same") { check_all(table_scenarios()); }
TEST_CASE("columns: staged, plain, direct and folded are the same") { check_all(column_scenarios()); }
TEST_CASE("constraints: staged, plain, direct and folded are the same") {
  check_all(constraint_scenarios());
}
TEST_CASE("indexes: staged, plain, direct and folded are the same") { check_all(index_scenarios()); }
TEST_CASE("rows: staged, plain, direct and folded are the same") { check_all(row_scenarios()); }
TEST_CASE("views, routines, types and the rest: staged, plain, direct and folded are the same") {
  check_all(object_scenarios());
}

}  // namespace lockstep::test
