#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kUsers = "CREATE TABLE users (id int PRIMARY KEY, email text, phone text);";

}  // namespace

TEST_CASE("the same inputs give the same bytes, and estimates do not change the plan's id") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;"}};
  PlanInput input = plan_input({cohort(live(kUsers), {"a", "b"}, {"0007"})});
  const PlanResult one = make_plan(folder.recognised(), input);
  const PlanResult two = make_plan(folder.recognised(), input);
  CHECK(plan::to_json(one.plan) == plan::to_json(two.plan));
  CHECK_FALSE(one.plan.id.empty());

  input.cohorts[0].rows[{std::string(core::kTenantSchema), "users"}] = 3'000'000;
  const PlanResult large = make_plan(folder.recognised(), input);
  CHECK(large.plan.id == one.plan.id);
  CHECK(outline(large.plan.cohorts[0].steps) == outline(one.plan.cohorts[0].steps));
  const plan::Step& validate = large.plan.cohorts[0].steps[2];
  REQUIRE(validate.title.rfind("validate", 0) == 0);
  CHECK(validate.estimate.rows == 3'000'000);
  CHECK(validate.estimate.seconds > 0);
  CHECK(large.plan.cohorts[0].steps[1].estimate == plan::Estimate{0, 0});
}

TEST_CASE("steps are numbered, expand before contract, and direct attempts name those numbers") {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;\n"
                       "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();\n"}};
  const PlanResult result =
      make_plan(folder.recognised(), plan_input({cohort(live(kUsers), {"a"}, {"0007"})}));
  const std::vector<plan::Step>& steps = result.plan.cohorts[0].steps;
  REQUIRE(outline(steps) ==
          std::vector<std::string>{
              "0007.1 expand add column token, nullable", "0007.2 expand set the default of token",
              "0007.3 expand backfill token where it is null",
              "0007.4 contract check that no phone is null",
              "0007.5 contract add check users_phone_nn_lockstep_0007_1, not valid",
              "0007.6 contract validate users_phone_nn_lockstep_0007_1",
              "0007.7 contract set phone not null",
              "0007.8 contract drop check users_phone_nn_lockstep_0007_1"});
  REQUIRE(steps[0].direct);
  CHECK(steps[0].direct->replaces == std::vector<std::string>{"0007.1", "0007.2", "0007.3"});
  REQUIRE(steps[3].direct);
  CHECK(steps[3].direct->replaces ==
        std::vector<std::string>{"0007.4", "0007.5", "0007.6", "0007.7", "0007.8"});
}

TEST_CASE("cohorts go by size, then by first tenant, and are lettered") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ADD COLUMN c int;"}};
  const catalog::Catalog catalog = live(kUsers);
  const PlanResult result =
      make_plan(folder.recognised(),
                plan_input({cohort(catalog, {"z"}, {"0007"}), cohort(catalog, {"m", "n"}, {"0007"}),
                            cohort(catalog, {"a"}, {"0007"})}));
  REQUIRE(result.plan.cohorts.size() == 3);
  CHECK(result.plan.cohorts[0].id == "A");
  CHECK(result.plan.cohorts[0].tenants == std::vector<std::string>{"m", "n"});
  CHECK(result.plan.cohorts[1].tenants == std::vector<std::string>{"a"});
  CHECK(result.plan.cohorts[2].id == "C");

  std::vector<CohortInput> many;
  for (int i = 0; i < 28; ++i) {
    many.push_back(cohort(catalog, {"t" + std::to_string(100 + i)}, {"0007"}));
  }
  const PlanResult lettered = make_plan(folder.recognised(), plan_input(many));
  CHECK(lettered.plan.cohorts[25].id == "Z");
  CHECK(lettered.plan.cohorts[26].id == "AA");
  CHECK(lettered.plan.cohorts[27].id == "AB");
}

TEST_CASE("hazards are the migration's: equal ones of several cohorts are said once") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;"}};
  const catalog::Catalog plain = live(kUsers);
  const catalog::Catalog proven =
      live(kUsers + "ALTER TABLE users ADD CONSTRAINT k CHECK (phone IS NOT NULL);");
  const PlanResult same =
      make_plan(folder.recognised(),
                plan_input({cohort(plain, {"a"}, {"0007"}), cohort(plain, {"b"}, {"0007"})}));
  CHECK(same.plan.hazards.size() == 1);
  const PlanResult drifted =
      make_plan(folder.recognised(),
                plan_input({cohort(plain, {"a"}, {"0007"}), cohort(proven, {"b"}, {"0007"})}));
  CHECK(drifted.plan.hazards.size() == 2);
  CHECK(drifted.plan.cohorts[0].steps.size() == 5);
  CHECK(drifted.plan.cohorts[1].steps.size() == 1);
}

TEST_CASE("where nobody can be planned, a problem that not all tenants have names those that do") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;"}};
  const PlanResult result =
      make_plan(folder.recognised(),
                plan_input({cohort(live("CREATE TABLE other (id int);"), {"a", "b"}, {"0007"}),
                            cohort(live("CREATE TABLE users (id int);"), {"c"}, {"0007"})}));
  REQUIRE(result.problems.size() == 2);
  CHECK_THAT(result.problems[0].message, ContainsSubstring("(only in a, b)"));
  CHECK(result.problems[1].message == "table users has no column phone (only in c)");
  CHECK(core::to_string(result.problems[0].where) == "0007_a.sql:1:1");
}

TEST_CASE("only what is pending is planned, each cohort by itself") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ADD COLUMN c int;"},
                      {"0008_b.sql", "ALTER TABLE users ADD COLUMN d int;"},
                      {"0009_c.sql", "ALTER TABLE users ADD COLUMN e int;"}};
  const catalog::Catalog ahead = live(kUsers + "ALTER TABLE users ADD COLUMN d int;");
  const PlanResult result = make_plan(
      folder.recognised(),
      plan_input({cohort(live(kUsers), {"a", "b"}, {"0008"}), cohort(ahead, {"c"}, {"0007"})}));
  REQUIRE(result.problems.empty());
  CHECK(outline(result.plan.cohorts[0].steps) ==
        std::vector<std::string>{"0008.1 expand add column d, nullable"});
  CHECK(outline(result.plan.cohorts[1].steps) ==
        std::vector<std::string>{"0007.1 expand add column c, nullable"});
  REQUIRE(result.plan.migrations.size() == 2);
  CHECK(result.plan.migrations[0].version == "0007");
  CHECK(result.plan.migrations[1].version == "0008");
}

TEST_CASE("a later migration is judged against what the earlier ones leave") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ADD COLUMN c int;"},
                      {"0008_b.sql", "ALTER TABLE users ALTER COLUMN c SET DEFAULT 1;"}};
  const PlanResult result =
      make_plan(folder.recognised(), plan_input({cohort(live(kUsers), {"a"}, {"0007", "0008"})}));
  CHECK(result.problems.empty());
  CHECK(outline(result.plan.cohorts[0].steps) ==
        std::vector<std::string>{"0007.1 expand add column c, nullable",
                                 "0008.1 expand set the default of c"});
}
