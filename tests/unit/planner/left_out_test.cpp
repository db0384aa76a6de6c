#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kUsers = "CREATE TABLE users (id int PRIMARY KEY, note text);";
const std::string kOdd = "CREATE TABLE users (id int PRIMARY KEY, note text, phone int);";

}  // namespace

TEST_CASE("a cohort whose problem others do not have is left out, hazards and all") {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE users ADD COLUMN phone text;\n"
                       "CREATE INDEX users_note ON users (note);\n"}};
  const PlanResult result =
      make_plan(folder.recognised(), plan_input({cohort(live(kUsers), {"a", "b"}, {"0007"}),
                                                 cohort(live(kOdd), {"odd"}, {"0007"})}));
  CHECK(result.problems.empty());
  CHECK(result.refusals.empty());
  REQUIRE(result.plan.cohorts.size() == 1);
  CHECK(result.plan.cohorts[0].tenants == std::vector<std::string>{"a", "b"});
  REQUIRE(result.plan.refused.size() == 1);
  CHECK(result.plan.refused[0].tenants == std::vector<std::string>{"odd"});
  REQUIRE(result.plan.refused[0].reasons.size() == 1);
  CHECK_THAT(result.plan.refused[0].reasons[0].message, ContainsSubstring("phone"));
  CHECK_THAT(result.plan.refused[0].reasons[0].remedy, ContainsSubstring("tenants.exclude"));
  CHECK(result.plan.hazards.size() == 3);  // of the column, twice, and of the index
}

TEST_CASE(
    "the only cohort is left out if its migration has run elsewhere, else nothing is planned") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ADD COLUMN phone text;"}};
  PlanInput input = plan_input({cohort(live(kOdd), {"odd"}, {"0007"})});
  CHECK(make_plan(folder.recognised(), input).problems.size() == 1);
  input.begun = {"0007"};
  const PlanResult result = make_plan(folder.recognised(), input);
  CHECK(result.problems.empty());
  CHECK(result.plan.refused.size() == 1);
  CHECK(result.plan.cohorts.empty());
  CHECK(result.plan.migrations.empty());
}

TEST_CASE("what is over elsewhere runs at once in new tenants, and in order in late ones") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users DROP COLUMN note;"},
                      {"0008_b.sql", "ALTER TABLE users ADD COLUMN note jsonb;"}};
  PlanInput input = plan_input({cohort(live(kUsers), {"a"}, {"0007", "0008"})});
  CHECK(make_plan(folder.recognised(), input).refusals.size() == 1);

  input.cohorts[0].at_once = {"0007", "0008"};
  const PlanResult fresh = make_plan(folder.recognised(), input);
  CHECK(fresh.refusals.empty());
  CHECK(outline(fresh.plan.cohorts[0].steps) ==
        std::vector<std::string>{"0007.1 expand drop column note",
                                 "0008.1 expand add column note, nullable"});

  input.cohorts[0].at_once.clear();
  input.cohorts[0].over = {"0007"};
  CHECK(make_plan(folder.recognised(), input).refusals.size() == 1);
  input.cohorts[0].over = {"0007", "0008"};
  const PlanResult late = make_plan(folder.recognised(), input);
  CHECK(late.refusals.empty());
  CHECK(outline(late.plan.cohorts[0].steps) ==
        std::vector<std::string>{"0007.1 contract drop column note",
                                 "0008.1 contract add column note, nullable"});
  CHECK_THAT(late.plan.cohorts[0].steps[1].note, ContainsSubstring("0007.1"));
}
