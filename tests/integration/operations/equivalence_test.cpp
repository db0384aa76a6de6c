// Proof on a real server that a plan does what the author's plain statements would have done, that
// the catalog is folded as the server changes it, and that each step's undo keeps its word.

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "lockstep/operations/registry.h"
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
/// Of all 63 bytes.
constexpr const char* kOddSchema =
    R"(Ö'Hara "& sons" \ $$ $q$; DROP /* -- %s {0} select naïve user)";

/// Built anew by each who asks.
Tenant& tenant_called(const std::string& schema, const std::string& start) {
  static TestDatabase database(
      "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  static std::map<std::string, Tenant> tenants;
  Tenant& tenant = tenants.try_emplace(schema, database, schema).first->second;
  tenant.build(start);
  return tenant;
}

/// "column t.c #3 integer ..." without the place.
void forget_places(Lines& lines) {
  for (std::string& line : lines) {
    if (!line.starts_with("column ")) continue;
    const auto place = line.find(" #");
    line.erase(place, line.find(' ', place + 1) - place);
  }
  std::sort(lines.begin(), lines.end());
}

void forget_places(catalog::Catalog& catalog) {
  for (auto& entry : catalog.relations) {
    auto& columns = entry.second.columns;
    std::sort(columns.begin(), columns.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }
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

/// A scenario whose staged steps were played to their end.
struct Played {
  const Scenario& scenario;
  const Recognised& recognised;
  std::vector<plan::Step> steps;
  State start;
  State end;
  catalog::Catalog before;
  catalog::Catalog all_before;  ///< read with `request`
  catalog::Catalog after;
  catalog::CatalogRequest request;  ///< what `after` was read with
};

Played play_staged(const Scenario& scenario, const Recognised& recognised) {
  Tenant& tenant = tenant_called(kOddSchema, scenario.start);
  Played played{scenario, recognised, {}, state_of(tenant, scenario), {}, {}, {}, {}, {}};
  played.before = read_catalog(tenant, recognised.request);
  played.request = with_all_of(recognised.request, played.before);
  played.all_before = read_catalog(tenant, played.request);
  played.steps = make_plan(recognised, played.before).steps;
  for (const plan::Step& step : played.steps) play(tenant, step);
  played.end = state_of(tenant, scenario);
  played.after = read_catalog(tenant, played.request);
  return played;
}

void check_against_plain(const Played& played) {
  const Scenario& scenario = played.scenario;
  Tenant& tenant = tenant_called("plain", scenario.start);
  require_same(played.start, state_of(tenant, scenario), "the start");
  tenant.run_as_written(scenario.yaml() ? scenario.plain : scenario.migration);
  State expected = state_of(tenant, scenario);
  State actual = played.end;
  catalog::Catalog expected_catalog = read_catalog(tenant, played.request);
  catalog::Catalog actual_catalog = played.after;
  if (scenario.moves_columns) {
    forget_places(expected.structure);
    forget_places(actual.structure);
    forget_places(expected_catalog);
    forget_places(actual_catalog);
  }
  require_same(expected, actual, "the staged steps against the plain statements");
  INFO("the catalog of the plain statements against the staged one");
  CHECK(catalog_difference(expected_catalog, actual_catalog) == "");
}

void check_fold(const Played& played) {
  catalog::Catalog foretold = played.all_before;
  for (const planner::Recognised& migration : played.recognised.migrations) {
    for (std::size_t done = 0; done < migration.operations.size();) {
      const auto next = operations::in_working_order(migration.operations, done, foretold);
      for (const std::size_t i : next) {
        migration.operations[i]->apply(foretold, core::Phase::kExpand);
        migration.operations[i]->apply(foretold, core::Phase::kContract);
      }
      done += next.size();
    }
  }
  catalog::Catalog actual = foretellable(played.after);
  catalog::Catalog expected = foretellable(foretold);
  if (played.scenario.moves_columns) {  // copies are made in expand, in another order
    forget_places(actual);
    forget_places(expected);
  }
  INFO("the catalog as read against the folded one");
  CHECK(catalog_difference(actual, expected) == "");
  CHECK(overlooked_dependants(played.after, foretold) == "");
}

/// How much of what steps [0, count) did their undos promise to give back.
plan::UndoGives weakest(const std::vector<plan::Step>& steps, std::size_t count) {
  plan::UndoGives gives = plan::UndoGives::kExact;
  for (std::size_t i = 0; i < count; ++i) gives = std::max(gives, steps[i].undo.gives);
  return gives;
}

void undo_first(Tenant& tenant, const std::vector<plan::Step>& steps, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) undo(tenant, steps[i]);
}

/// A rollback meets a migration after any of its steps: forward to each of them, back to the start,
/// and forward again.
void check_undo(const Played& played) {
  const std::vector<plan::Step>& steps = played.steps;
  Tenant& tenant = tenant_called(kOddSchema, played.scenario.start);
  const std::string fingerprint_before = fingerprint(tenant, played.recognised.request);
  for (std::size_t count = 1; count <= steps.size(); ++count) {
    const plan::UndoGives gives = weakest(steps, count);
    if (gives == plan::UndoGives::kNone) return;
    for (std::size_t i = 0; i < count; ++i) play(tenant, steps[i]);
    undo_first(tenant, steps, count);
    INFO(fmt::format("after step {} ({}) everything is undone, which gives {}", steps[count - 1].id,
                     steps[count - 1].title, plan::to_string(gives)));
    const std::string changed = difference(played.start.structure, structure_of(tenant));
    CHECK(changed == "");
    if (!changed.empty()) return;
    // Nobody wrote in between, so that nothing new can have been lost.
    if (gives == plan::UndoGives::kStructureOnly) continue;
    CHECK(difference(played.start.rows, rows_of(tenant, played.scenario.unforeseeable)) == "");
  }
  CHECK(fingerprint(tenant, played.recognised.request) == fingerprint_before);
}

/// The direct attempts, and the undo of the steps that they did the work of.
void check_direct(const Played& played) {
  const std::vector<plan::Step>& steps = played.steps;
  const bool any = std::any_of(steps.begin(), steps.end(),
                               [](const plan::Step& step) { return step.direct.has_value(); });
  if (!any) return;
  Tenant& tenant = tenant_called("direct", played.scenario.start);
  std::set<std::string> done;
  for (const plan::Step& step : steps) {
    if (done.count(step.id) != 0) continue;
    if (step.direct) {
      for (const plan::Step& replaced : steps) {
        const auto& ids = step.direct->replaces;
        if (std::find(ids.begin(), ids.end(), replaced.id) != ids.end()) {
          keep_former(tenant, replaced);
        }
      }
      play(tenant, *step.direct);
      done.insert(step.direct->replaces.begin(), step.direct->replaces.end());
    } else {
      play(tenant, step);
    }
  }
  require_same(played.end, state_of(tenant, played.scenario),
               "the direct attempts against the staged steps");
  if (weakest(steps, steps.size()) == plan::UndoGives::kNone) return;
  undo_first(tenant, steps, steps.size());
  INFO("everything is undone after direct attempts");
  CHECK(difference(played.start.structure, structure_of(tenant)) == "");
}

void check_scenario(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  const Played played = play_staged(scenario, *recognised);
  check_against_plain(played);
  check_fold(played);
  check_direct(played);
  check_undo(played);
}

void check_all(const Scenarios& scenarios) {
  const int server = shared_cluster().major_version();
  for (const Scenario& scenario : scenarios) {
    if (scenario.since > server || (scenario.until != 0 && scenario.until < server)) continue;
    DYNAMIC_SECTION(scenario.name) {
      check_scenario(scenario);
    }
  }
}

}  // namespace

TEST_CASE("a body names the tenant's schema as the place in it asks") {
  Scenario scenario;
  scenario.start = kUsers;
  scenario.migration = R"sql(
-- lockstep: placeholders_in_bodies = true

CREATE FUNCTION where_am_i() RETURNS text LANGUAGE plpgsql AS $body$
BEGIN -- in ${schema}
  RETURN '${schema}' || (SELECT count(*) FROM ${schema}.users)::text;
END $body$;
)sql";
  const auto recognised = recognise(scenario);
  const std::string odd = R"(O'Hara "& sons" \ ; -- )";
  Tenant& tenant = tenant_called(odd, scenario.start);
  for (const plan::Step& step :
       make_plan(*recognised, read_catalog(tenant, recognised->request)).steps) {
    play(tenant, step);
  }
  CHECK(tenant.run("SELECT ${schema}.where_am_i()").at(0, 0) == odd + "40");
}

TEST_CASE("what takes a dropped foreign key back names the schema of both tables") {
  Scenario scenario;
  scenario.start = R"sql(
CREATE TABLE "Users (all)" (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, "REFERENCES x (" bigint);
ALTER TABLE orders ADD CONSTRAINT user_fk FOREIGN KEY ("REFERENCES x (") REFERENCES "Users (all)"
  ON DELETE CASCADE;
)sql";
  scenario.migration = "ALTER TABLE orders DROP CONSTRAINT user_fk;";
  const auto recognised = recognise(scenario);
  Tenant& tenant = tenant_called(kOddSchema, scenario.start);
  const auto steps = make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  REQUIRE(steps.size() == 1);
  CHECK(
      steps[0].undo.sql ==
      std::vector<std::string>{
          R"sql(ALTER TABLE ${schema}.orders ADD CONSTRAINT user_fk FOREIGN KEY ("REFERENCES x (") REFERENCES ${schema}."Users (all)" (id) ON DELETE CASCADE)sql"});
  play(tenant, steps[0]);
  undo(tenant, steps[0]);
  CHECK(tenant.run("SELECT count(*) FROM pg_constraint WHERE conname = 'user_fk'").at(0, 0) == "1");
}

TEST_CASE("every operation is played") {
  std::set<std::string> played;
  for (const Scenarios& family : {table_scenarios(), column_scenarios(), type_scenarios(),
                                  constraint_scenarios(), index_scenarios(), partition_scenarios(),
                                  row_scenarios(), object_scenarios(), rename_scenarios()}) {
    for (const Scenario& scenario : family) {
      if (scenario.since > shared_cluster().major_version()) continue;  // nor does the grammar
      const auto recognised = recognise(scenario);
      for (const operations::OperationPtr& operation : recognised->migrations.front().operations) {
        played.insert(std::string(operation->name()));
      }
    }
  }
  for (const operations::OperationKind& kind : operations::registry()) {
    INFO(kind.name);
    CHECK(played.count(std::string(kind.name)) == 1);
  }
}

TEST_CASE("odd spellings: staged, plain, direct and folded are the same") {
  check_all(spelling_scenarios());
}
TEST_CASE("tables: staged, plain, direct and folded are the same") {
  check_all(table_scenarios());
}
TEST_CASE("columns: staged, plain, direct and folded are the same") {
  check_all(column_scenarios());
}
TEST_CASE("types: staged, plain and folded are the same, but for the place of a column") {
  check_all(type_scenarios());
}
TEST_CASE("constraints: staged, plain, direct and folded are the same") {
  check_all(constraint_scenarios());
}
TEST_CASE("indexes: staged, plain, direct and folded are the same") {
  check_all(index_scenarios());
}
TEST_CASE("partitions: staged, plain, direct and folded are the same") {
  check_all(partition_scenarios());
}
TEST_CASE("rows: staged, plain, direct and folded are the same") {
  check_all(row_scenarios());
}
TEST_CASE("views, routines, types and the rest: staged, plain, direct and folded are the same") {
  check_all(object_scenarios());
}

TEST_CASE("renames: staged, plain, direct and folded are the same") {
  check_all(rename_scenarios());
}

}  // namespace lockstep::test
