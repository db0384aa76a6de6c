// Whoever is bound by row security sees, after every step, what one of the two applications was
// written for: never no row at all, and never all of them once policies count.

#include <string>
#include <vector>

#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

Tenant& tenant_with(const std::string& start) {
  static TestDatabase database(
      "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  static Tenant tenant(database, "the secured tenant's");
  tenant.build(start);
  tenant.run("GRANT USAGE ON SCHEMA ${schema} TO reader");
  tenant.run("GRANT SELECT ON ${schema}.users TO reader");
  return tenant;
}

std::string seen_by_reader(Tenant& tenant) {
  tenant.run("BEGIN");
  tenant.run("SET LOCAL ROLE reader");
  tenant.run("SET LOCAL row_security = on");  // off for Lockstep: it must not miss rows unnoticed
  const std::string count = tenant.run("SELECT count(*) FROM ${schema}.users").at(0, 0);
  tenant.run("ROLLBACK");
  return count;
}

/// How many users the reader sees at first, and after each step.
std::vector<std::string> seen(const std::string& start, const std::string& migration) {
  const Scenario scenario{.name = "row security", .start = start, .migration = migration};
  const auto recognised = recognise(scenario);
  Tenant& tenant = tenant_with(scenario.start);
  const auto steps = make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  std::vector<std::string> counts{seen_by_reader(tenant)};
  for (const plan::Step& step : steps) {
    play(tenant, step);
    counts.push_back(seen_by_reader(tenant));
  }
  return counts;
}

std::string secured_users() {
  return kUsers +
         "CREATE POLICY own ON users TO reader USING (id <= 10);"
         "ALTER TABLE users ENABLE ROW LEVEL SECURITY;";
}

}  // namespace

TEST_CASE("policies are there before row security is on, in whatever order they are written") {
  CHECK(seen(kUsers,
             "CREATE POLICY own ON users TO reader USING (id <= 10);"
             "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
             "CREATE POLICY more ON users TO reader USING (id <= 20);") ==
        std::vector<std::string>{"40", "40", "10", "20"});
}

TEST_CASE("a policy that is replaced leaves no moment without one") {
  CHECK(seen(secured_users(),
             "DROP POLICY own ON users;"
             "CREATE POLICY own ON users TO reader USING (id <= 5);") ==
        std::vector<std::string>{"10", "5"});
}

TEST_CASE("policies go behind the switch that makes them count no more") {
  CHECK(seen(secured_users(),
             "ALTER TABLE users DISABLE ROW LEVEL SECURITY; DROP POLICY own ON users;") ==
        std::vector<std::string>{"10", "40", "40"});
}

}  // namespace lockstep::test
