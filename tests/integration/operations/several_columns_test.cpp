// Several columns of one table that get other types and names at once, while the application goes
// on writing all of them: each has its copy in expand, and none disturbs the other.

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

const std::string kVotes = R"sql(
CREATE TABLE votes (id integer PRIMARY KEY, "by" text NOT NULL, points integer NOT NULL DEFAULT 1,
  weight integer CHECK (weight > 0), rank integer);
INSERT INTO votes SELECT n, n::text, n, n, n FROM generate_series(1, 20) n;
CREATE INDEX ON votes (points); CREATE INDEX ON votes ("by"); CREATE INDEX ON votes (weight);
CREATE TABLE seen (id integer, what text);
CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN INSERT INTO seen VALUES (NEW.id, TG_OP); RETURN NULL; END$$;
CREATE TRIGGER noted AFTER INSERT ON votes FOR EACH ROW EXECUTE FUNCTION note_it();
)sql";

const std::string kTypes =
    "ALTER TABLE votes ALTER COLUMN points TYPE bigint;"
    "ALTER TABLE votes ALTER COLUMN weight TYPE numeric;"
    "ALTER TABLE votes ALTER \"by\" TYPE integer USING \"by\"::integer;";

/// The names in use: these columns may have others.
struct Names {
  std::string points = "points";
  std::string rank = "rank";
};

/// All that the application does, whatever the types are.
void write(Tenant& tenant, int round, const Names& names) {
  tenant.run(
      fmt::format("INSERT INTO votes (id, \"by\", {1}, weight) VALUES ({0}, '{0}', {0}, 3);"
                  "INSERT INTO votes (id, \"by\") VALUES (100 + {0}, '7');"
                  "UPDATE votes SET {1} = {1} + 1 WHERE id <= {0};"
                  "UPDATE votes SET weight = weight + 2 WHERE id % 3 = 0;"
                  "UPDATE votes SET weight = NULL WHERE id = 20 - {0} % 20;"
                  "UPDATE votes SET \"by\" = '{0}', {1} = {0} WHERE id = 2;"
                  "UPDATE votes SET {2} = {2} + 1 WHERE id % 4 < 2;"
                  "UPDATE votes SET {2} = {0} WHERE {2} IS NULL AND id % 2 = 0;"
                  "DELETE FROM votes WHERE id = {0} - 40",
                  50 + round, names.points, names.rank));
}

Tenant& tenant_with(const std::string& start) {
  static TestDatabase database("SELECT 1");
  static Tenant tenant(database, "the tenant's");
  tenant.build(start);
  return tenant;
}

std::vector<plan::Step> steps_of(Tenant& tenant, const std::string& migration) {
  Scenario scenario;
  scenario.migration = migration;
  const auto recognised = recognise(scenario);
  return make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
}

bool is_fill(const plan::Step& step) {
  return std::holds_alternative<plan::BackfillBody>(step.body);
}

std::size_t fills_in_expand(const std::vector<plan::Step>& steps) {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(),
      [](const plan::Step& step) { return is_fill(step) && step.phase == core::Phase::kExpand; }));
}

/// The rows once the plain statements were run and the same was written.
Lines plainly(Tenant& tenant, const std::string& migration, int rounds, const Names& names) {
  tenant.build(kVotes);
  if (!migration.empty()) tenant.run_as_written(migration);
  for (int round = 0; round < rounds; ++round) write(tenant, round, names);
  return rows_of(tenant, {});
}

struct Change {
  std::string name;
  std::string migration;
  std::size_t fills;  ///< in expand
  Names after;        ///< what the next release uses
};

std::vector<Change> changes() {
  return {
      {"three types", kTypes, 3, {}},
      {"a name and two types",
       "ALTER TABLE votes RENAME points TO score;"
       "ALTER TABLE votes ALTER COLUMN weight TYPE numeric;"
       "ALTER TABLE votes ALTER \"by\" TYPE integer USING \"by\"::integer;",
       3,
       {"score", "rank"}},
      {"a type and then a name",
       "ALTER TABLE votes ALTER COLUMN weight TYPE bigint;"
       "ALTER TABLE votes RENAME points TO score;",
       2,
       {"score", "rank"}},
      {"a name and a type of the same column",
       "ALTER TABLE votes RENAME rank TO place; ALTER TABLE votes ALTER place TYPE bigint;",
       1,
       {"points", "place"}},
  };
}

}  // namespace

TEST_CASE("columns of one table that change together take what is written meanwhile") {
  for (const Change& change : changes()) {
    DYNAMIC_SECTION(change.name) {
      Tenant& tenant = tenant_with(kVotes);
      const std::vector<plan::Step> steps = steps_of(tenant, change.migration);
      CHECK(fills_in_expand(steps) == change.fills);
      int round = 0;
      for (const plan::Step& step : steps) {
        INFO(step.id << " " << step.title);
        play(tenant, step);
        write(tenant, round++, step.phase == core::Phase::kExpand ? Names{} : change.after);
      }
      const Lines rows = rows_of(tenant, {});
      CHECK(difference(plainly(tenant, change.migration, round, change.after), rows) == "");
    }
  }
}

TEST_CASE("columns of one table that change together are taken back while rows are written") {
  for (const Change& change : changes()) {
    DYNAMIC_SECTION(change.name) {
      Tenant& tenant = tenant_with(kVotes);
      const Lines structure = structure_of(tenant);
      const std::vector<plan::Step> steps = steps_of(tenant, change.migration);
      const auto expands = static_cast<std::size_t>(
          std::count_if(steps.begin(), steps.end(),
                        [](const plan::Step& step) { return step.phase == core::Phase::kExpand; }));
      REQUIRE(expands >= 3);
      for (std::size_t count = 1; count <= expands; ++count) {
        tenant.build(kVotes);
        int round = 0;
        for (std::size_t i = 0; i < count; ++i) {
          play(tenant, steps[i]);
          write(tenant, round++, {});
        }
        for (std::size_t i = count; i-- > 0;) {
          INFO("undo of " << steps[i].id << " " << steps[i].title);
          undo(tenant, steps[i]);
          write(tenant, round++, {});
        }
        INFO("taken back after " << steps[count - 1].id << " " << steps[count - 1].title);
        CHECK(difference(structure, structure_of(tenant)) == "");
        const Lines rows = rows_of(tenant, {});
        CHECK(difference(plainly(tenant, {}, round, {}), rows) == "");
      }
    }
  }
}

TEST_CASE("a value that is converted from a column which gets another name follows both names") {
  Tenant& tenant = tenant_with(kVotes);
  for (const char* migration : {"ALTER TABLE votes ALTER \"by\" TYPE integer USING points * 10;",
                                "ALTER TABLE votes RENAME points TO score;"}) {
    for (const plan::Step& step : steps_of(tenant, migration)) {
      if (step.phase == core::Phase::kExpand) play(tenant, step);
    }
  }
  tenant.run("UPDATE votes SET points = 70 WHERE id = 1; UPDATE votes SET score = 80 WHERE id = 2");
  CHECK(tenant
            .run("SELECT string_agg(points || ' ' || score || ' ' || by_new_lockstep_0001_1, ', ' "
                 "ORDER BY id) FROM votes WHERE id < 3")
            .at(0, 0) == "70 70 700, 80 80 800");
}

}  // namespace lockstep::test
