#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;
using Catch::Matchers::ContainsSubstring;

namespace {

catalog::Catalog with_registry(catalog::Catalog catalog) {
  catalog::Relation tenants;
  tenants.name = {"public", "tenants"};
  catalog::Column name;
  name.name = "name";
  name.type = "text";
  tenants.columns = {name};
  catalog.relations.emplace(tenants.name, tenants);
  return catalog;
}

}  // namespace

TEST_CASE(
    "a shared migration is one cohort without tenants, and its names mean the shared schema") {
  const Folder folder{{"0007_a.sql",
                       "-- lockstep: scope = shared\n\nALTER TABLE tenants ADD COLUMN plan text;\n"
                       "CREATE TABLE plans (plan text PRIMARY KEY);\n"}};
  REQUIRE(folder.problems().empty());
  PlanInput input = plan_input({});
  input.shared = cohort(with_registry(live("")), {}, {"0007"});
  const PlanResult result = make_plan(folder.recognised(), input);
  REQUIRE(messages(result.problems) == std::vector<std::string>{});
  REQUIRE(result.plan.cohorts.size() == 1);
  CHECK(result.plan.cohorts[0].id == "shared");
  CHECK(result.plan.cohorts[0].scope == core::Scope::kShared);
  CHECK(result.plan.cohorts[0].tenants.empty());
  const auto& steps = result.plan.cohorts[0].steps;
  REQUIRE(steps.size() == 2);
  CHECK(std::get<plan::TransactionBody>(steps[0].body).sql.front() ==
        "ALTER TABLE public.tenants ADD COLUMN plan text");
  CHECK(std::get<plan::TransactionBody>(steps[1].body)
            .sql.front()
            .rfind("CREATE TABLE public.plans", 0) == 0);
}

TEST_CASE("a tenant migration sees what pending shared ones leave, and runs none of their steps") {
  const Folder folder{
      {"0007_a.sql", "-- lockstep: scope = shared\n\nCREATE TABLE plans (plan text PRIMARY KEY);"},
      {"0008_b.sql", "CREATE TABLE uses (plan text REFERENCES plans);"}};
  PlanInput input = plan_input({cohort(live(""), {"a"}, {"0008"})});
  input.shared = cohort(live(""), {}, {"0007"});
  const PlanResult result = make_plan(folder.recognised(), input);
  REQUIRE(messages(result.problems) == std::vector<std::string>{});
  REQUIRE(result.plan.cohorts.size() == 2);
  const auto& steps = result.plan.cohorts[1].steps;
  CHECK(outline(steps) == std::vector<std::string>{"0008.1 expand create table uses"});
  CHECK(steps[0].locks ==
        std::vector<plan::LockClaim>{{{"public", "plans"}, catalog::LockMode::kShareRowExclusive}});
}

TEST_CASE("a shared migration cannot depend on a tenant's tables") {
  const Folder folder{
      {"0007_a.sql", "-- lockstep: scope = shared\n\nALTER TABLE users ADD COLUMN c int;"}};
  PlanInput input = plan_input({});
  input.shared = cohort(with_registry(live("")), {}, {"0007"});
  const PlanResult result = make_plan(folder.recognised(), input);
  REQUIRE(result.problems.size() == 1);
  CHECK_THAT(result.problems[0].message, ContainsSubstring("no table or view users"));
}

TEST_CASE("a tenant's migration that changes what lies outside of the tenant is refused") {
  const Folder folder{
      {"0007_a.sql",
       "CREATE TABLE uses (plan text REFERENCES plans);\n"
       "INSERT INTO tenants VALUES ('x');\n"
       "ALTER TABLE tenants ADD COLUMN plan text;\n"
       "COMMENT ON TABLE tenants IS 'all of them';\n"
       "GRANT SELECT ON tenants TO reader;\n"
       "-- lockstep: allow = changes-shared-object, reason = \"a row each\"\n"
       "INSERT INTO tenants VALUES (current_schema());\n"
       "CREATE VIEW names AS SELECT name FROM tenants;"},
      {"0008_b.sql", "-- lockstep: scope = shared\n\nINSERT INTO tenants VALUES ('x');"}};
  catalog::Catalog catalog = with_registry(live(""));
  catalog::Relation plans =
      *live("CREATE TABLE plans (plan text PRIMARY KEY);").find({"", "plans"});
  plans.name.schema = "public";
  catalog.relations.emplace(plans.name, plans);
  PlanInput input = plan_input({cohort(catalog, {"a", "b"}, {"0007"})});
  input.shared = cohort(catalog, {}, {"0008"});
  const PlanResult result = make_plan(folder.recognised(), input);
  CHECK(messages(result.problems) == std::vector<std::string>{});
  std::vector<std::string> said;
  for (const plan::Hazard& hazard : result.plan.hazards) {
    if (hazard.id != "changes-shared-object") continue;
    said.push_back(std::string(plan::to_string(hazard.verdict)) + " " + hazard.statement);
  }
  CHECK(said == std::vector<std::string>{"refused INSERT INTO tenants VALUES ('x')",
                                         "refused ALTER TABLE tenants ADD COLUMN plan text",
                                         "refused COMMENT ON TABLE tenants IS 'all of them'",
                                         "refused GRANT SELECT ON tenants TO reader",
                                         "allowed INSERT INTO tenants VALUES (current_schema())"});
  REQUIRE(result.refusals.size() == 4);
  CHECK(result.refusals[0].message ==
        "[changes-shared-object] Every tenant's turn changes rows of public.tenants, which lies "
        "outside of the tenant's schema.");
}

TEST_CASE("what a tenant's migration only locks outside of the tenant is said") {
  const Folder folder{{"0007_a.sql",
                       "CREATE TABLE uses (plan text REFERENCES plans);\n"
                       "CREATE TABLE uses_too (plan text REFERENCES plans);"},
                      {"0008_b.sql", "CREATE TABLE own (id int);"},
                      {"0009_c.sql",
                       "-- lockstep: scope = shared\n\n"
                       "ALTER TABLE tenants ADD COLUMN seats int;"}};
  catalog::Catalog catalog = with_registry(live(""));
  catalog::Relation plans =
      *live("CREATE TABLE plans (plan text PRIMARY KEY);").find({"", "plans"});
  plans.name.schema = "public";
  catalog.relations.emplace(plans.name, plans);
  PlanInput input = plan_input({cohort(catalog, {"a"}, {"0007", "0008"})});
  input.shared = cohort(catalog, {}, {"0009"});
  std::vector<std::string> said;
  for (const plan::Hazard& hazard : make_plan(folder.recognised(), input).plan.hazards) {
    if (hazard.id != "locks-shared-table") continue;
    CHECK(hazard.migration == "0007");
    said.push_back(core::display(hazard.lock->relation));
  }
  CHECK(said == std::vector<std::string>{"public.plans", "public.plans"});
}

TEST_CASE("a shared contract step blocks a tenant's later expand") {
  const Folder folder{
      {"0007_a.sql", "-- lockstep: scope = shared\n\nALTER TABLE tenants DROP COLUMN name;"},
      {"0008_b.sql",
       "-- lockstep: allow = changes-shared-object, reason = \"for once\"\n"
       "ALTER TABLE public.tenants ADD COLUMN name int;"}};
  PlanInput input = plan_input({cohort(with_registry(live("")), {"a"}, {"0008"})});
  input.shared = cohort(with_registry(live("")), {}, {"0007"});
  const PlanResult result = make_plan(folder.recognised(), input);
  REQUIRE(result.refusals.size() == 1);
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("0007.1 (drop column name)"));
}
