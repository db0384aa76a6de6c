// What code that nobody can read may have done before a statement.

#include <algorithm>

#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;

namespace {

const File kDomain{"0001_domain.yaml",
                   "operations:\n"
                   "  - sql: {up: 'CREATE DOMAIN email AS text', reason: there is no other way}\n"};
const File kTable{"0002_users.sql", "CREATE TABLE users (user_id bigint, address email);\n"};

bool has_hazard(const PlanResult& result, const std::string& id) {
  return std::any_of(result.plan.hazards.begin(), result.plan.hazards.end(),
                     [&](const plan::Hazard& hazard) { return hazard.id == id; });
}

}  // namespace

TEST_CASE("a new tenant gets the type that earlier code creates") {
  const Folder folder{kDomain, kTable};
  REQUIRE(messages(folder.problems()) == std::vector<std::string>{});
  const PlanResult result =
      make_plan(folder.recognised(), plan_input({cohort(live(""), {"new"}, {"0001", "0002"})}));
  CHECK(messages(result.problems) == std::vector<std::string>{});
  CHECK(messages(result.refusals) == std::vector<std::string>{});
  CHECK(has_hazard(result, "type-of-unknown-origin"));
  REQUIRE(result.plan.cohorts.size() == 1);
  CHECK(result.plan.cohorts[0].steps.size() == 2);
}

TEST_CASE("what a refused statement would have created is not complained about once more") {
  const Folder folder{{"0001_a.sql", "CREATE EXTENSION email;\n"}, kTable};
  const PlanResult result =
      make_plan(folder.recognised(), plan_input({cohort(live(""), {"a"}, {"0001", "0002"})}));
  CHECK(messages(result.problems) == std::vector<std::string>{});
  CHECK(result.refusals.size() == 1);
}

TEST_CASE("code whose steps are stored has yet to run") {
  const Folder folder{kDomain, kTable};
  CohortInput half_way = cohort(live(""), {"a"}, {"0002"});
  half_way.expanded = {"0001"};
  const PlanResult result = make_plan(folder.recognised(), plan_input({half_way}));
  CHECK(messages(result.problems) == std::vector<std::string>{});
  CHECK(has_hazard(result, "type-of-unknown-origin"));
}

TEST_CASE("a type that nobody finds is a problem where no code is left to create it") {
  const Folder folder{kDomain, kTable};
  const PlanResult over =
      make_plan(folder.recognised(), plan_input({cohort(live(""), {"a"}, {"0002"})}));
  CHECK(messages(over.problems) == std::vector<std::string>{"there is no type email"});

  const Folder reversed{{"0001_users.sql", kTable.text}, {"0002_domain.yaml", kDomain.text}};
  const PlanResult result =
      make_plan(reversed.recognised(), plan_input({cohort(live(""), {"a"}, {"0001", "0002"})}));
  CHECK(messages(result.problems) == std::vector<std::string>{"there is no type email"});
}
