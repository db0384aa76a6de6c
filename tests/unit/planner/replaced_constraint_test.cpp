// What only a server can say of a constraint that is replaced.

#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;

namespace {

std::vector<std::string> replaced(const std::string& definition) {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE users DROP CONSTRAINT said;\n"
                       "ALTER TABLE users ADD CONSTRAINT said CHECK (note <> 'x');\n"}};
  catalog::Catalog catalog = live(
      "CREATE TABLE users (user_id bigint PRIMARY KEY, note text, "
      "CONSTRAINT said CHECK (note <> 'y'));\n");
  for (catalog::Constraint& constraint : catalog.find({"", "users"})->constraints) {
    if (constraint.name == "said") constraint.definition = definition;
  }
  return outline(make_plan(folder.recognised(), plan_input({cohort(catalog, {"a"}, {"0007"})}))
                     .plan.cohorts.at(0)
                     .steps);
}

}  // namespace

TEST_CASE("a constraint that is not enforced refuses nothing, and stays until the new one comes") {
  CHECK(replaced("CHECK ((note <> 'y'::text)) NOT ENFORCED") ==
        std::vector<std::string>{"0007.1 contract check that no row violates said",
                                 "0007.2 contract drop said, add said, not valid",
                                 "0007.3 contract validate said"});
}

TEST_CASE("what a condition compares with says nothing of its constraint") {
  CHECK(replaced("CHECK ((note <> ' NOT ENFORCED'::text))").front() ==
        "0007.1 expand add said_lockstep_0007_1, not valid, drop said");
}
