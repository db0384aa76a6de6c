// Between expand and contract a renamed column has both names: whichever of them an application
// writes, both read the same, and what fails with one fails with the other.

#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "lockstep/database/error.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

Scenario renaming() {
  return {.name = "age",
          .start = kOrders + R"sql(
UPDATE users SET age = 1 WHERE age IS NULL;
ALTER TABLE users ALTER age SET DEFAULT 18, ALTER age SET NOT NULL;
ALTER TABLE users ADD CONSTRAINT adult CHECK (age < 200);
ALTER TABLE users ADD CONSTRAINT one_each UNIQUE (email, age);
)sql",
          .migration = "ALTER TABLE users RENAME COLUMN age TO years;"};
}

Tenant& tenant_with(const std::string& start) {
  static TestDatabase database("SELECT 1");
  static Tenant tenant(database, "the tenant's");
  tenant.build(start);
  return tenant;
}

std::vector<plan::Step> steps_for(Tenant& tenant, const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  return make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
}

void play(Tenant& tenant, const std::vector<plan::Step>& steps, core::Phase phase) {
  for (const plan::Step& step : steps) {
    if (step.phase == phase) play(tenant, step);
  }
}

/// What is stored then, or the SQLSTATE.
std::string stored(Tenant& tenant, const std::string& statement) {
  try {
    const database::Result result = tenant.run(statement +
                                               " RETURNING coalesce(age::text, 'NULL') || ' ' || "
                                               "coalesce(years::text, 'NULL')");
    return result.at(0, 0);
  } catch (const database::DatabaseError& error) {
    return error.sqlstate();
  }
}

std::string insert(const std::string& columns, const std::string& values) {
  static int number = 0;
  return fmt::format("INSERT INTO users (email, joined{}) VALUES ('new{}', now(){})", columns,
                     ++number, values);
}

}  // namespace

TEST_CASE("a renamed column is written by both names until contract") {
  Tenant& tenant = tenant_with(renaming().start);
  const std::vector<plan::Step> steps = steps_for(tenant, renaming());
  play(tenant, steps, core::Phase::kExpand);
  CHECK(tenant.run("SELECT count(*) FROM users WHERE age IS DISTINCT FROM years").at(0, 0) == "0");

  SECTION("rows that come") {
    CHECK(stored(tenant, insert(", age", ", 40")) == "40 40");
    CHECK(stored(tenant, insert(", years", ", 41")) == "41 41");
    CHECK(stored(tenant, insert("", "")) == "18 18");
    CHECK(stored(tenant, insert(", years", ", DEFAULT")) == "18 18");
    CHECK(stored(tenant, insert(", age, years", ", 5, 5")) == "5 5");
    CHECK(stored(tenant, insert(", age, years", ", 5, 6")) == "23000");
    // A declared difference: before and after it fails.
    CHECK(stored(tenant, insert(", age", ", NULL")) == "18 18");
  }
  SECTION("rows that change") {
    CHECK(stored(tenant, "UPDATE users SET age = 50 WHERE id = 1") == "50 50");
    CHECK(stored(tenant, "UPDATE users SET years = 51 WHERE id = 1") == "51 51");
    CHECK(stored(tenant, "UPDATE users SET years = years + 1 WHERE id = 1") == "52 52");
    CHECK(stored(tenant, "UPDATE users SET name = 'x' WHERE id = 1") == "52 52");
    CHECK(stored(tenant, "UPDATE users SET age = 7, years = 7 WHERE id = 1") == "7 7");
    CHECK(stored(tenant, "UPDATE users SET age = 8, years = 9 WHERE id = 1") == "23000");
  }
  SECTION("what neither takes") {
    for (const char* name : {"age", "years"}) {
      INFO(name);
      CHECK(stored(tenant, insert(fmt::format(", {}", name), ", 300")) == "23514");
      CHECK(stored(tenant, fmt::format("UPDATE users SET {} = 300 WHERE id = 1", name)) == "23514");
      CHECK(stored(tenant, fmt::format("UPDATE users SET {} = NULL WHERE id = 1", name))
                .substr(0, 3) == "235");
    }
  }
  SECTION("keys of both names") {
    CHECK(stored(tenant, "INSERT INTO users (email, joined, years) VALUES ('k', now(), 3)") ==
          "3 3");
    CHECK(stored(tenant,
                 "INSERT INTO users (email, joined, age) VALUES ('k', now(), 3) ON "
                 "CONFLICT (email, age) DO UPDATE SET age = 4") == "4 4");
    CHECK(stored(tenant,
                 "INSERT INTO users (email, joined, years) VALUES ('k', now(), 4) ON "
                 "CONFLICT (email, years) DO UPDATE SET years = 5") == "5 5");
  }
  play(tenant, steps, core::Phase::kContract);
  CHECK(tenant.run("SELECT count(*) FROM users WHERE years IS NULL").at(0, 0) == "0");
  CHECK(tenant.run(insert("", "") + " RETURNING years").at(0, 0) == "18");
}

TEST_CASE("a renamed column is in step from the moment at which both names are there") {
  Tenant& tenant = tenant_with(renaming().start);
  const std::vector<plan::Step> steps = steps_for(tenant, renaming());
  bool filled = false;
  for (const plan::Step& step : steps) {
    if (step.phase != core::Phase::kExpand) break;
    play(tenant, step);
    INFO(step.id << " " << step.title);
    // The deployed application goes on.
    tenant.run("UPDATE users SET age = age + 1 WHERE id = 2");
    tenant.run(insert("", ""));
    tenant.run(insert(", age", ", 33"));
    filled = filled || std::holds_alternative<plan::BackfillBody>(step.body);
    if (!filled) continue;
    CHECK(tenant.run("SELECT count(*) FROM users WHERE age IS DISTINCT FROM years").at(0, 0) ==
          "0");
  }
  CHECK(filled);
}

TEST_CASE("a number that is given by the new name of an identity is stored") {
  Tenant& tenant = tenant_with(
      "CREATE TABLE users (age integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);"
      "INSERT INTO users (name) VALUES ('a'), ('b');");
  const std::vector<plan::Step> steps = steps_for(
      tenant, {.name = "identity", .migration = "ALTER TABLE users RENAME COLUMN age TO years;"});
  play(tenant, steps, core::Phase::kExpand);
  CHECK(stored(tenant, "INSERT INTO users (name) VALUES ('c')") == "3 3");
  CHECK(stored(tenant, "INSERT INTO users (years) VALUES (70)") == "70 70");
  CHECK(stored(tenant, "INSERT INTO users (age) OVERRIDING SYSTEM VALUE VALUES (71)") == "71 71");
  CHECK(stored(tenant, "INSERT INTO users (years) VALUES (70)") == "23505");
  CHECK(stored(tenant, "UPDATE users SET years = 72 WHERE years = 71") == "72 72");
  play(tenant, steps, core::Phase::kContract);
  CHECK(tenant.run("INSERT INTO users (name) VALUES ('d') RETURNING years").at(0, 0) == "6");
}

TEST_CASE("a trigger of a renamed column fires for both names, once") {
  Tenant& tenant = tenant_with(
      "CREATE TABLE users (id integer PRIMARY KEY, age integer, name text);"
      "INSERT INTO users SELECT n, n, 'n' FROM generate_series(1, 9) n;"
      "CREATE TABLE heard (line text);"
      "CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO heard VALUES "
      "(TG_ARGV[0]); RETURN NULL; END';"
      "CREATE TRIGGER aged AFTER UPDATE OF age ON users FOR EACH ROW EXECUTE FUNCTION "
      "hear('aged');");
  const std::vector<plan::Step> steps = steps_for(
      tenant, {.name = "trigger", .migration = "ALTER TABLE users RENAME COLUMN age TO years;"});
  const auto heard = [&](const std::string& statement) {
    tenant.run("TRUNCATE heard");
    tenant.run(statement);
    return tenant.run("SELECT coalesce(string_agg(line, ' '), '') FROM heard").at(0, 0);
  };
  play(tenant, steps, core::Phase::kExpand);
  // Filling is no change of it.
  CHECK(tenant.run("SELECT count(*) FROM heard").at(0, 0) == "0");
  CHECK(heard("UPDATE users SET age = 3 WHERE id = 1") == "aged");
  CHECK(heard("UPDATE users SET years = 4 WHERE id = 1") == "aged");
  CHECK(heard("UPDATE users SET name = 'x' WHERE id = 1") == "");
  play(tenant, steps, core::Phase::kContract);
  CHECK(heard("UPDATE users SET years = 5 WHERE id = 1") == "aged");
  CHECK(heard("UPDATE users SET name = 'y' WHERE id = 1") == "");
}

}  // namespace lockstep::test
