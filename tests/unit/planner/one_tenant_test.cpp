// Names with the schema of one tenant, written for all of them.

#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;

TEST_CASE("a name with the schema of the tenant that is planned for is told as what it is") {
  const Folder folder{{"0001_a.sql",
                       "CREATE VIEW names AS SELECT email FROM acme.users;\n"
                       "CREATE VIEW ours AS SELECT email FROM ${schema}.users;\n"}};
  const catalog::Catalog catalog = live("CREATE TABLE users (email text);");
  const PlanResult result =
      make_plan(folder.recognised(), plan_input({cohort(catalog, {"acme"}, {"0001"})}));
  CHECK(messages(result.problems) ==
        std::vector<std::string>{"there is no table or view acme.users: that schema is one "
                                 "tenant's own, or does not exist"});
  REQUIRE_FALSE(result.problems.empty());
  CHECK(result.problems.front().remedy ==
        "If each tenant's own users is meant, write users without a schema, or ${schema}.users.");
}
