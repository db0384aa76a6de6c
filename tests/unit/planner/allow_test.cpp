#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kGenerated =
    "ALTER TABLE users ADD COLUMN c text GENERATED ALWAYS AS (lower(email)) STORED;\n";
const std::string kAllow = "-- lockstep: allow = add-column-generated, reason = \"forty rows\"\n";

PlanResult planned(const Folder& folder) {
  REQUIRE(messages(folder.problems()) == std::vector<std::string>{});
  return make_plan(folder.recognised(),
                   plan_input({cohort(live("CREATE TABLE users (email text);"), {"a"}, {"0007"})}));
}

}  // namespace

TEST_CASE("an allowed hazard passes and shows the author's reason") {
  const Folder folder{{"0007_a.sql", kAllow + kGenerated}};
  const PlanResult result = planned(folder);
  CHECK(result.refusals.empty());
  CHECK(result.problems.empty());
  REQUIRE_FALSE(result.plan.hazards.empty());
  CHECK(result.plan.hazards[0].verdict == plan::Verdict::kAllowed);
  CHECK(result.plan.hazards[0].reason == "forty rows");
  REQUIRE(result.plan.cohorts[0].steps.size() == 1);
  CHECK(result.plan.cohorts[0].steps[0].rewrite);
}

TEST_CASE("an allow for the file serves any of its statements") {
  const Folder folder{
      {"0007_a.sql", kAllow + "\nALTER TABLE users ADD COLUMN b int;\n" + kGenerated}};
  const PlanResult result = planned(folder);
  CHECK(result.refusals.empty());
  CHECK(result.problems.empty());
}

TEST_CASE("an allow for another statement does not") {
  const Folder folder{
      {"0007_a.sql", kGenerated + kAllow + "ALTER TABLE users ADD COLUMN b int;\n"}};
  const PlanResult result = planned(folder);
  CHECK(result.refusals.size() == 1);
  REQUIRE(result.problems.size() == 1);
  CHECK_THAT(result.problems[0].message, ContainsSubstring("permits nothing"));
  CHECK(result.problems[0].where.line == 2);
}

TEST_CASE("an allow that one cohort uses is used") {
  const Folder folder{{"0007_a.sql",
                       "-- lockstep: allow = published-table, reason = \"known\"\n"
                       "ALTER TABLE users ADD COLUMN b int;\n"}};
  catalog::Catalog plain = live("CREATE TABLE users (email text);");
  catalog::Catalog published = plain;
  published.find({"", "users"})->publications = {"feed"};
  const PlanResult both =
      make_plan(folder.recognised(),
                plan_input({cohort(plain, {"a"}, {"0007"}), cohort(published, {"b"}, {"0007"})}));
  CHECK(both.problems.empty());
  CHECK(both.refusals.empty());
  const PlanResult none =
      make_plan(folder.recognised(), plan_input({cohort(plain, {"a"}, {"0007"})}));
  CHECK(none.problems.size() == 1);
}
