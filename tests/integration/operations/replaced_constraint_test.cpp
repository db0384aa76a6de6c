// A constraint that is replaced under its own name stands, in one form or the other, after every
// step; and neither the deployed application nor the one that follows it is refused what its own
// constraint accepts.

#include <fmt/format.h>

#include "lockstep/database/error.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
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

/// Tried and taken back; the SQLSTATE it fails with, or nothing.
std::string tried(Tenant& tenant, const std::string& statement) {
  tenant.run("BEGIN");
  std::string sqlstate;
  try {
    tenant.run(statement);
  } catch (const database::DatabaseError& error) {
    sqlstate = error.sqlstate();
  }
  tenant.run("ROLLBACK");
  return sqlstate;
}

/// What applications write while the migration runs.
struct Writes {
  std::string nobody;          ///< refused by both constraints
  std::string sqlstate;        ///< with this
  std::string deployed;        ///< accepted by the old one
  std::string to_be_deployed;  ///< accepted by the new one; empty: there is none
};

void check_replacement(const Scenario& scenario, const Writes& writes) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = tenant_with(scenario.start);
  const auto steps = make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  bool contract = false;
  for (const plan::Step& step : steps) {
    INFO(step.id << " " << step.title);
    if (step.phase == core::Phase::kContract && !contract) {
      contract = true;
      CHECK(tried(tenant, writes.deployed) == "");
      if (!writes.to_be_deployed.empty()) CHECK(tried(tenant, writes.to_be_deployed) == "");
    }
    play(tenant, step);
    CHECK(tried(tenant, writes.nobody) == writes.sqlstate);
    if (!contract) CHECK(tried(tenant, writes.deployed) == "");
  }
  REQUIRE(contract);
  if (!writes.to_be_deployed.empty()) CHECK(tried(tenant, writes.to_be_deployed) == "");
}

std::string user_of_age(int age) {
  return fmt::format("INSERT INTO users (email, age, joined) VALUES ('new', {}, now())", age);
}

}  // namespace

TEST_CASE("a check that is replaced by a weaker one is never absent") {
  check_replacement({.name = "weaker",
                     .start = kUsers + "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > 10);",
                     .migration = "ALTER TABLE users DROP CONSTRAINT age_ok;"
                                  "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > 0);"},
                    {user_of_age(-1), "23514", user_of_age(11), user_of_age(1)});
}

TEST_CASE("a check that is replaced by another one is never absent") {
  check_replacement({.name = "another",
                     .start = kUsers + "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > 0);",
                     .migration = "ALTER TABLE users DROP CONSTRAINT age_ok, "
                                  "ADD CONSTRAINT age_ok CHECK (age > 10 OR age = -5);"},
                    {user_of_age(-1), "23514", user_of_age(5), user_of_age(-5)});
}

TEST_CASE("a check whose DROP alone is written for contract is never absent") {
  check_replacement({.name = "in contract",
                     .start = kUsers + "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > 0);",
                     .migration = "-- lockstep: phase = contract\n"
                                  "ALTER TABLE users DROP CONSTRAINT age_ok;\n\n"
                                  "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > -1);"},
                    {user_of_age(-1), "23514", user_of_age(1), ""});
}

TEST_CASE("a foreign key that is replaced by one that cascades is never absent") {
  check_replacement(
      {.name = "cascades",
       .start = kOrders +
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "ALTER TABLE orders DROP CONSTRAINT buyer;"
                    "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES "
                    "users ON DELETE CASCADE;"},
      {"INSERT INTO orders VALUES (gen_random_uuid(), 4711, 1)", "23503",
       "INSERT INTO orders VALUES (gen_random_uuid(), 1, 1)", ""});
}

}  // namespace lockstep::test
