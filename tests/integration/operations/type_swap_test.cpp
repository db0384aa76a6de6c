// A column that gets another type while its application goes on writing: nothing is refused that
// was not, nothing is lost, and what cannot be converted is found before anything is swapped.

#include <functional>

#include <fmt/format.h>

#include "lockstep/database/error.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

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

std::string sqlstate_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const database::DatabaseError& error) {
    return error.sqlstate();
  }
  return {};
}

const std::string kVotes = R"sql(
CREATE TABLE votes (id integer PRIMARY KEY, "by" text NOT NULL, points integer NOT NULL DEFAULT 1);
INSERT INTO votes SELECT n, n::text, n FROM generate_series(1, 20) n;
CREATE INDEX ON votes ("by");
)sql";

bool is_swap(const plan::Step& step) {
  return step.irreversible && step.title.find("takes the place") != std::string::npos;
}

}  // namespace

TEST_CASE("rows that are written during a change of type are converted like the others") {
  const std::string migration = "ALTER TABLE votes ALTER COLUMN points TYPE bigint;";
  // Between any two steps the application does all that it does.
  const auto writes = [](Tenant& tenant, int round) {
    tenant.run(fmt::format("INSERT INTO votes (id, \"by\") VALUES ({0}, 'new {0}')", 100 + round));
    tenant.run(fmt::format("INSERT INTO votes (id, \"by\", points) VALUES ({}, 'given', {})",
                           200 + round, round));
    tenant.run(fmt::format("UPDATE votes SET points = points + 1 WHERE id <= {}", round + 3));
    tenant.run(fmt::format("DELETE FROM votes WHERE id = {}", 20 - round));
  };
  Tenant& tenant = tenant_with(kVotes);
  const std::vector<plan::Step> steps = steps_of(tenant, migration);
  REQUIRE(steps.size() > 5);
  int round = 0;
  for (const plan::Step& step : steps) {
    INFO(step.id << " " << step.title);
    play(tenant, step);
    writes(tenant, round++);
  }
  const Lines staged = rows_of(tenant, {});
  tenant.build(kVotes);
  tenant.run_as_written(migration);
  for (int i = 0; i < round; ++i) writes(tenant, i);
  CHECK(difference(rows_of(tenant, {}), staged) == "");
}

TEST_CASE("a value that the new type cannot hold does not fail the deployed application") {
  Tenant& tenant = tenant_with(kVotes);
  const std::vector<plan::Step> steps =
      steps_of(tenant, "ALTER TABLE votes ALTER \"by\" TYPE integer USING \"by\"::integer;");
  bool asked = false;
  for (const plan::Step& step : steps) {
    INFO(step.id << " " << step.title);
    if (step.phase == core::Phase::kExpand) {
      play(tenant, step);
      CHECK(sqlstate_of([&] { tenant.run("UPDATE votes SET \"by\" = 'x' WHERE id = 7"); }) == "");
      CHECK(sqlstate_of([&] { tenant.run("UPDATE votes SET \"by\" = '7' WHERE id = 7"); }) == "");
      continue;
    }
    asked = true;
    tenant.run("UPDATE votes SET \"by\" = 'nobody' WHERE id = 3");
    // The first step of contract, and before anything is swapped.
    CHECK(std::holds_alternative<plan::CheckBody>(step.body));
    CHECK_THROWS_WITH(play(tenant, step), Catch::Matchers::ContainsSubstring("nobody"));
    CHECK(tenant.run("SELECT pg_typeof(\"by\") FROM votes LIMIT 1").at(0, 0) == "text");
    break;
  }
  CHECK(asked);
}

TEST_CASE("filling stops at a value that cannot be converted") {
  Tenant& tenant = tenant_with(kVotes + "UPDATE votes SET \"by\" = 'odd' WHERE id = 5;");
  const std::vector<plan::Step> steps =
      steps_of(tenant, "ALTER TABLE votes ALTER \"by\" TYPE integer USING \"by\"::integer;");
  for (const plan::Step& step : steps) {
    if (std::holds_alternative<plan::BackfillBody>(step.body)) {
      CHECK_THROWS_WITH(play(tenant, step), Catch::Matchers::ContainsSubstring("odd"));
      return;
    }
    play(tenant, step);
  }
  FAIL("nothing is filled");
}

TEST_CASE("a length is not cut when a column gets shorter") {
  Tenant& tenant = tenant_with(kVotes + "UPDATE votes SET \"by\" = 'long enough' WHERE id = 5;");
  const std::vector<plan::Step> steps =
      steps_of(tenant, "ALTER TABLE votes ALTER \"by\" TYPE varchar(5);");
  for (const plan::Step& step : steps) {
    if (std::holds_alternative<plan::BackfillBody>(step.body)) {
      CHECK_THROWS_WITH(play(tenant, step), Catch::Matchers::ContainsSubstring("too long"));
      return;
    }
    play(tenant, step);
  }
  FAIL("nothing is filled");
}

TEST_CASE("the swap is one step, and the old column stands until the next") {
  Tenant& tenant = tenant_with(kVotes);
  bool swapped = false;
  for (const plan::Step& step :
       steps_of(tenant, "ALTER TABLE votes ALTER COLUMN points TYPE numeric;")) {
    INFO(step.id << " " << step.title);
    CHECK_FALSE(step.direct);
    CHECK(tenant.run("SELECT pg_typeof(points) FROM votes LIMIT 1").at(0, 0) ==
          (swapped ? "numeric" : "integer"));
    play(tenant, step);
    swapped = swapped || is_swap(step);
  }
  CHECK(swapped);
  CHECK(tenant
            .run("SELECT count(*) FROM pg_attribute WHERE attrelid = 'votes'::regclass AND "
                 "attnum > 0 AND NOT attisdropped")
            .at(0, 0) == "3");
  CHECK(tenant.run("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'votes'::regclass").at(0, 0) ==
        "0");
}

TEST_CASE("what PostgreSQL refuses to change below is refused by its name") {
  const auto refused = [](const std::string& more, const std::string& migration) -> std::string {
    Tenant& tenant = tenant_with(kVotes + more);
    CHECK(sqlstate_of([&] { tenant.run("BEGIN; " + migration + " ROLLBACK"); }) != "");
    tenant.run("ROLLBACK");
    try {
      steps_of(tenant, migration);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing is refused";
  };
  const std::string change = "ALTER TABLE votes ALTER points TYPE bigint;";
  CHECK_THAT(refused("CREATE MATERIALIZED VIEW m AS SELECT points FROM votes;", change),
             Catch::Matchers::ContainsSubstring("materialized view m"));
  CHECK_THAT(refused("CREATE VIEW v AS SELECT points FROM votes; CREATE MATERIALIZED VIEW m AS "
                     "SELECT * FROM v;",
                     change),
             Catch::Matchers::ContainsSubstring("materialized view m, by way of view v"));
  CHECK_THAT(refused("CREATE TABLE others (id int); CREATE POLICY p ON others USING (id IN (SELECT "
                     "points FROM votes));",
                     change),
             Catch::Matchers::ContainsSubstring("policy of another table \"others.p\""));
  CHECK_THAT(refused("CREATE TABLE logs (old votes);", change),
             Catch::Matchers::ContainsSubstring("column \"logs.old\""));
  CHECK_THAT(
      refused("ALTER TABLE votes ADD g int GENERATED ALWAYS AS (points + 1) STORED;", change),
      Catch::Matchers::ContainsSubstring("generated column g"));
  // Words over the old type need not be there for the new one.
  const std::string to_text = "ALTER TABLE votes ALTER points TYPE text;";
  CHECK_THAT(refused("CREATE VIEW v AS SELECT points FROM votes;", to_text),
             Catch::Matchers::ContainsSubstring("view v"));
  CHECK_THAT(refused("CREATE POLICY p ON votes USING (points > 1);", to_text),
             Catch::Matchers::ContainsSubstring("policy p"));
  const std::string function =
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";
  CHECK_THAT(refused(function + "CREATE TRIGGER w AFTER UPDATE ON votes FOR EACH ROW WHEN "
                                "(NEW.points > 1) EXECUTE FUNCTION f();",
                     to_text),
             Catch::Matchers::ContainsSubstring("trigger w"));
}

namespace {

const std::string kAccounts = R"sql(
CREATE TABLE accounts (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, up integer REFERENCES accounts);
CREATE TABLE moves (id integer PRIMARY KEY, account integer NOT NULL REFERENCES accounts ON DELETE CASCADE);
CREATE TABLE notes (account integer REFERENCES accounts);
INSERT INTO accounts (up) SELECT NULLIF(n / 2, 0) FROM generate_series(1, 30) n;
INSERT INTO moves SELECT n, 1 + n % 30 FROM generate_series(1, 90) n;
)sql";

/// What is locked against readers by the step.
std::vector<std::string> locked_against_all(const plan::Step& step) {
  std::vector<std::string> names;
  for (const plan::LockClaim& claim : step.locks) {
    if (claim.mode == catalog::LockMode::kAccessExclusive) names.push_back(claim.relation.name);
  }
  return names;
}

}  // namespace

TEST_CASE(
    "a key and the columns of other tables that reference it grow in one file, whatever comes "
    "first "
    "in it") {
  const std::vector<std::string> statements{"ALTER TABLE accounts ALTER id TYPE bigint;",
                                            "ALTER TABLE moves ALTER account TYPE bigint;",
                                            "ALTER TABLE notes ALTER account TYPE bigint;"};
  const bool backwards = GENERATE(false, true);
  std::string migration;
  for (const std::string& statement : statements) {
    migration = backwards ? statement + migration : migration + statement;
  }
  Tenant& tenant = tenant_with(kAccounts);
  const std::vector<plan::Step> steps = steps_of(tenant, migration);
  int fills = 0;
  bool swapped = false;
  int number = 1000;
  for (const plan::Step& step : steps) {
    INFO(step.id << " " << step.title);
    if (std::holds_alternative<plan::BackfillBody>(step.body)) {
      CHECK(step.phase == core::Phase::kExpand);
      ++fills;
    }
    // What lies between the phases blocks nobody but for the swaps themselves and what follows.
    if (step.phase == core::Phase::kContract && !step.irreversible) {
      CHECK(locked_against_all(step).empty());
    }
    swapped = swapped || is_swap(step);
    play(tenant, step);
    tenant.run(fmt::format(
        "INSERT INTO accounts (id, up) VALUES ({0}, 1); INSERT INTO moves (id, account) VALUES "
        "({0}, {0}); UPDATE moves SET account = account WHERE id = 3; DELETE "
        "FROM accounts WHERE id = {0} - 1",
        ++number));
    CHECK(sqlstate_of([&] { tenant.run("UPDATE moves SET account = 77777 WHERE id = 3"); }) ==
          "23503");
  }
  CHECK(fills == 3);
  CHECK(swapped);
  CHECK(tenant
            .run("SELECT string_agg(DISTINCT format_type(atttypid, NULL), ' ') FROM pg_attribute "
                 "WHERE attrelid IN ('accounts'::regclass, 'moves'::regclass, 'notes'::regclass) "
                 "AND attname = 'account' AND NOT attisdropped")
            .at(0, 0) == "bigint");
  CHECK(tenant
            .run("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND "
                 "confrelid = 'accounts'::regclass")
            .at(0, 0) == "3");
}

TEST_CASE("columns that stay behind the one that they reference are named") {
  Tenant& tenant = tenant_with(kAccounts);
  Scenario scenario;
  scenario.migration =
      "ALTER TABLE accounts ALTER id TYPE bigint; ALTER TABLE moves ALTER account TYPE bigint;";
  const auto recognised = recognise(scenario);
  std::string remedy;
  for (const plan::Hazard& hazard :
       make_plan(*recognised, read_catalog(tenant, recognised->request)).hazards) {
    if (hazard.id == "referencing-columns-stay") remedy += hazard.remedy;
  }
  CHECK(remedy ==
        "Change them in the same file: ALTER TABLE accounts ALTER COLUMN up TYPE bigint; "
        "ALTER TABLE notes ALTER COLUMN account TYPE bigint;");
  // Pasted behind, it is accepted, and nobody is named any more.
  const std::string whole = scenario.migration + remedy.substr(remedy.find("ALTER"));
  scenario.migration = whole;
  const auto again = recognise(scenario);
  for (const plan::Hazard& hazard :
       make_plan(*again, read_catalog(tenant, again->request)).hazards) {
    CHECK(hazard.id != "referencing-columns-stay");
  }
}

TEST_CASE("nobody sees a moment without what hangs on the column, nor draws a number twice") {
  Tenant& tenant = tenant_with(
      "CREATE TABLE items (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n integer);"
      "INSERT INTO items (n) SELECT generate_series(1, 9);"
      "CREATE VIEW shown AS SELECT id, n FROM items WHERE n > 2;"
      "ALTER TABLE items ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON items USING (n > 1);");
  for (const plan::Step& step :
       steps_of(tenant,
                "ALTER TABLE items ALTER n TYPE bigint; ALTER TABLE items ALTER id TYPE "
                "bigint;")) {
    INFO(step.id << " " << step.title);
    play(tenant, step);
    CHECK(tenant.run("SELECT count(*) FROM shown WHERE n < 10").at(0, 0) == "7");
    CHECK(
        tenant.run("SELECT count(*) FROM pg_policy WHERE polrelid = 'items'::regclass").at(0, 0) ==
        "1");
    tenant.run("INSERT INTO items (n) VALUES (10)");
  }
  CHECK(tenant.run("SELECT count(*) = max(id) FROM items").at(0, 0) == "t");
}

}  // namespace lockstep::test
