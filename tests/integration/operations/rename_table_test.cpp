// Between expand and contract a renamed table has both names: the deployed application and the one
// that follows it read and write the same rows, with the same rights. What does not work with the
// old name is what the hazard says.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lockstep/database/error.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

std::string people() {
  return kOrders + R"sql(
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO log VALUES (TG_OP || ' ' || TG_LEVEL); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER noted_once AFTER INSERT ON users EXECUTE FUNCTION note();
GRANT USAGE ON SCHEMA "the tenant's" TO "odd role";
GRANT INSERT ON log TO "odd role";
GRANT SELECT, INSERT ON users TO "odd role"; GRANT UPDATE (name) ON users TO "odd role";
)sql";
}

Scenario renaming() {
  return {.name = "users", .start = people(), .migration = "ALTER TABLE users RENAME TO people;"};
}

/// A tenant in which the rename has been expanded, with its steps.
struct Expanded {
  Tenant& tenant;
  std::vector<plan::Step> steps;
  std::vector<plan::Hazard> hazards;
};

Expanded expand(const Scenario& scenario) {
  static TestDatabase database("CREATE ROLE \"odd role\"");
  static Tenant tenant(database, "the tenant's");
  tenant.build(scenario.start);
  const auto recognised = recognise(scenario);
  Planned planned = make_plan(*recognised, read_catalog(tenant, recognised->request));
  for (const plan::Step& step : planned.steps) {
    if (step.phase == core::Phase::kExpand) play(tenant, step);
  }
  return {tenant, std::move(planned.steps), std::move(planned.hazards)};
}

std::string value(Tenant& tenant, const std::string& query) {
  return tenant.run(query).at(0, 0);
}

/// Tried and taken back; what it fails with, or nothing.
std::string tried(Tenant& tenant, const std::string& statement) {
  tenant.run("BEGIN");
  std::string message;
  try {
    tenant.run(statement);
  } catch (const database::DatabaseError& error) {
    message = error.what();
  }
  tenant.run("ROLLBACK");
  return message;
}

}  // namespace

TEST_CASE("a renamed table is read and written by both names until contract") {
  Expanded expanded = expand(renaming());
  Tenant& tenant = expanded.tenant;
  const std::vector<std::string> names{"users", "people"};
  for (const std::string& table : names) {
    INFO(table);
    const auto run = [&](std::string statement) {
      const auto at = statement.find("TABLE");
      return value(tenant, statement.replace(at, 5, table));
    };
    tenant.run("TRUNCATE log");
    CHECK(run("INSERT INTO TABLE (email, joined) VALUES ('" + table +
              "', now()) RETURNING status") == "new");
    CHECK(value(tenant, "SELECT string_agg(what, ', ' ORDER BY what) FROM log") ==
          "INSERT ROW, INSERT STATEMENT");
    CHECK(run("INSERT INTO TABLE AS t (email, joined) VALUES ('" + table +
              "', now()) ON CONFLICT (email) DO UPDATE SET age = 50 RETURNING age") == "50");
    CHECK(run("UPDATE TABLE SET status = 'gone', age = DEFAULT WHERE email = '" + table +
              "' RETURNING coalesce(age::text, 'null')") == "null");
    CHECK(run("UPDATE TABLE SET status = DEFAULT WHERE email = '" + table + "' RETURNING status") ==
          "new");
    CHECK(run("SELECT id > 0 FROM TABLE WHERE email = '" + table + "' FOR UPDATE") == "t");
    CHECK(run("DELETE FROM TABLE WHERE email = '" + table + "' RETURNING email") == table);
  }
  CHECK(value(tenant, "SELECT count(*) FROM users") == "40");
}

TEST_CASE("the old name of a renamed table has the rights of the table") {
  Expanded expanded = expand(renaming());
  Tenant& tenant = expanded.tenant;
  const auto rights = [&](const std::string& relation) {
    return value(
        tenant,
        fmt::format("SELECT coalesce(c.relacl::text, '') || coalesce(string_agg(a.attname || "
                    "a.attacl::text, '' ORDER BY a.attnum), '') || c.relowner::regrole FROM "
                    "pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT "
                    "NULL WHERE c.oid = '{}'::regclass GROUP BY c.oid, c.relacl, c.relowner",
                    relation));
  };
  CHECK(rights("users").find("odd role") != std::string::npos);
  CHECK(rights("users") == rights("people"));
  const std::string as_role = "SET LOCAL ROLE \"odd role\"; ";
  CHECK(tried(tenant, as_role + "INSERT INTO users (email, joined) VALUES ('x', now())") == "");
  CHECK(tried(tenant, as_role + "UPDATE users SET name = 'x'") == "");
  CHECK(tried(tenant, as_role + "UPDATE users SET age = 1").find("permission denied") !=
        std::string::npos);
  CHECK(tried(tenant, as_role + "DELETE FROM users").find("permission denied") !=
        std::string::npos);
}

TEST_CASE("policies hold for who uses the old name of a renamed table") {
  if (shared_cluster().major_version() < 15) return;
  Scenario scenario = renaming();
  scenario.start +=
      "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY own ON users TO \"odd role\" USING (id <= 3);";
  Expanded expanded = expand(scenario);
  Tenant& tenant = expanded.tenant;
  CHECK(value(tenant, "SET row_security = on; SET ROLE \"odd role\"; SELECT count(*) FROM users") ==
        "3");
  tenant.run("RESET ROLE; RESET row_security");
}

TEST_CASE("what fails with the old name of a renamed table is what its hazard says") {
  Expanded expanded = expand(renaming());
  Tenant& tenant = expanded.tenant;
  const auto hazard =
      std::find_if(expanded.hazards.begin(), expanded.hazards.end(),
                   [](const plan::Hazard& each) { return each.id == "old-name-is-a-view"; });
  REQUIRE(hazard != expanded.hazards.end());
  std::vector<std::pair<std::string, std::string>> fails{
      {"TRUNCATE", "TRUNCATE users CASCADE"},
      {"COPY", "COPY users FROM '/dev/null'"},
      {"ON CONFLICT ON CONSTRAINT",
       "INSERT INTO users (email, joined) VALUES ('x', now()) ON CONFLICT ON CONSTRAINT "
       "users_email_key DO NOTHING"},
      {"TABLESAMPLE", "SELECT * FROM users TABLESAMPLE system (10)"},
      {"WHERE CURRENT OF",
       "DECLARE c CURSOR FOR SELECT * FROM users; FETCH c; UPDATE users SET age = 1 WHERE CURRENT "
       "OF c"},
      {"ctid", "SELECT ctid FROM users"},
      {"xmin", "SELECT xmin FROM users"},
      {"tableoid", "SELECT tableoid FROM users"},
      {"a foreign key to it", "CREATE TABLE x (id bigint REFERENCES users (id))"}};
  const int server = shared_cluster().major_version();
  if (server >= 15 && server < 17) {
    fails.emplace_back("MERGE",
                       "MERGE INTO users u USING (SELECT 1 AS n) s ON u.id = s.n WHEN "
                       "MATCHED THEN UPDATE SET age = 1");
  }
  for (const auto& [words, statement] : fails) {
    INFO(statement);
    CHECK(hazard->effect.find(words) != std::string::npos);
    CHECK(tried(tenant, statement) != "");
  }
  CHECK(value(tenant, "SELECT coalesce(pg_get_serial_sequence('users', 'id'), 'NULL')") == "NULL");
  CHECK(tried(tenant, "LOCK TABLE users IN SHARE MODE") == "");
}

TEST_CASE("the old name of a renamed table is given back, in expand and after contract") {
  Expanded expanded = expand(renaming());
  Tenant& tenant = expanded.tenant;
  tenant.run("INSERT INTO people (email, joined) VALUES ('meanwhile', '2024-01-01')");
  REQUIRE(expanded.steps.size() == 2);
  play(tenant, expanded.steps[1]);
  CHECK(tried(tenant, "SELECT FROM users").find("does not exist") != std::string::npos);
  undo(tenant, expanded.steps[1]);
  CHECK(value(tenant, "SELECT email FROM users WHERE email = 'meanwhile'") == "meanwhile");
  undo(tenant, expanded.steps[0]);
  CHECK(value(tenant, "SELECT relkind FROM pg_class WHERE oid = 'users'::regclass") == "r");
  CHECK(tried(tenant, "SELECT FROM people").find("does not exist") != std::string::npos);
}

}  // namespace lockstep::test
