#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kUsers = "CREATE TABLE users (id int PRIMARY KEY, email text, phone text);";
const std::string kDrop = "ALTER TABLE users DROP COLUMN phone;";

PlanResult planned(const Folder& folder, const std::set<std::string>& pending) {
  REQUIRE(messages(folder.problems()) == std::vector<std::string>{});
  return make_plan(folder.recognised(), plan_input({cohort(live(kUsers), {"a"}, pending)}));
}

}  // namespace

TEST_CASE("an expand step that needs what an earlier contract step drops is refused by plan") {
  const Folder folder{{"0007_a.sql", kDrop},
                      {"0008_b.sql", "ALTER TABLE users ADD COLUMN phone int;"}};
  const PlanResult result = planned(folder, {"0007", "0008"});
  REQUIRE(result.refusals.size() == 1);
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("0008.1 (add column phone, nullable)"));
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("column users.phone"));
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("0007.1 (drop column phone)"));
  CHECK_THAT(result.refusals[0].remedy, ContainsSubstring("phase = contract"));
  CHECK(result.refusals[0].where.file == "0008_b.sql");
}

TEST_CASE("its remedy resolves it") {
  const Folder folder{
      {"0007_a.sql", kDrop},
      {"0008_b.sql", "-- lockstep: phase = contract\nALTER TABLE users ADD COLUMN phone int;"}};
  const PlanResult result = planned(folder, {"0007", "0008"});
  CHECK(result.refusals.empty());
  CHECK(outline(result.plan.cohorts[0].steps) ==
        std::vector<std::string>{"0007.1 contract drop column phone",
                                 "0008.1 contract add column phone, nullable"});
}

TEST_CASE("blocking is by object, not by table") {
  const Folder folder{{"0007_a.sql", kDrop},
                      {"0008_b.sql", "ALTER TABLE users ADD COLUMN fax int;"}};
  CHECK(planned(folder, {"0007", "0008"}).refusals.empty());
}

TEST_CASE("what is only changed does not block a later migration") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;"},
                      {"0008_b.sql", "ALTER TABLE users ALTER COLUMN phone SET DEFAULT '';"}};
  CHECK(planned(folder, {"0007", "0008"}).refusals.empty());
}

TEST_CASE("rows that a later migration changes first are shown") {
  const auto shown = [](const std::string& first, const std::string& second) {
    const Folder folder{{"0007_a.sql", first}, {"0008_b.sql", second}};
    const PlanResult result = planned(folder, {"0007", "0008"});
    CHECK(result.refusals.empty());
    std::vector<std::string> effects;
    for (const plan::Hazard& hazard : result.plan.hazards) {
      if (hazard.id == "runs-before-earlier-rows") effects.push_back(hazard.effect);
    }
    return effects;
  };
  const std::string remove = "DELETE FROM users WHERE email = 'a';";
  const std::string insert = "INSERT INTO users (id, email) VALUES (7, 'a');";
  const std::string trigger =
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ begin return new; end $$;"
      "CREATE TRIGGER t BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION f();";
  const std::string add = "ALTER TABLE users ADD COLUMN fax text;";
  const std::string fill = "UPDATE users SET fax = phone WHERE fax IS NULL;";

  const std::vector<std::string> inserted = shown(remove, insert);
  REQUIRE(inserted.size() == 1);
  CHECK_THAT(inserted[0], ContainsSubstring("\"delete rows of users\" of migration 0007"));
  CHECK_THAT(inserted[0], ContainsSubstring("rows of users"));
  REQUIRE(shown(remove, trigger).size() == 1);
  CHECK_THAT(shown(remove, trigger)[0], ContainsSubstring("the triggers of users"));
  CHECK(shown("UPDATE users SET phone = 'p' WHERE phone IS NULL;", add + fill).size() == 1);

  // What neither reads nor decides about those rows, and what comes in their order.
  CHECK(shown(remove, add + "CREATE INDEX ON users (email);").empty());
  CHECK(shown(add + fill,
              "ALTER TABLE users ADD COLUMN tel text;"
              "UPDATE users SET tel = fax WHERE tel IS NULL;")
            .empty());
  CHECK(shown(insert, trigger).empty());
  CHECK(shown(remove, "-- lockstep: phase = contract\n" + insert).empty());
}

TEST_CASE("a dropped table takes all its columns along") {
  const Folder folder{{"0007_a.sql", "DROP TABLE users;"},
                      {"0008_b.sql", "CREATE TABLE users (id int);"}};
  const PlanResult result = planned(folder, {"0007", "0008"});
  REQUIRE(result.refusals.size() == 1);
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("relation users"));
}

TEST_CASE("stored steps that are not finished block too") {
  const Folder folder{{"0007_a.sql", kDrop},
                      {"0008_b.sql", "ALTER TABLE users ADD COLUMN phone int;"}};
  const PlanResult before = planned(folder, {"0007"});

  CohortInput half = cohort(live(kUsers), {"a"}, {"0008"});
  half.expanded = {"0007"};
  half.unfinished = before.plan.cohorts[0].steps;
  const PlanResult result = make_plan(folder.recognised(), plan_input({half}));
  // Folded over the contract phase still to come, the column is gone, so adding it is no problem
  // ...
  CHECK(result.problems.empty());
  // ... but it would come too early.
  REQUIRE(result.refusals.size() == 1);
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("0007.1 (drop column phone)"));
}

TEST_CASE("a refused hazard stops the plan with its place and its remedy") {
  const Folder folder{
      {"0007_a.sql",
       "ALTER TABLE users ADD COLUMN c text GENERATED ALWAYS AS (lower(email)) STORED;"}};
  const PlanResult result = planned(folder, {"0007"});
  REQUIRE(result.refusals.size() == 1);
  CHECK(core::to_string(result.refusals[0].where) == "0007_a.sql:1:1");
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("[add-column-generated]"));
  CHECK_FALSE(result.refusals[0].remedy.empty());
  CHECK(result.plan.cohorts[0].steps.empty());
}

TEST_CASE("a constraint on what an earlier migration cannot sweep is refused") {
  const std::string constrain = "ALTER TABLE users ADD CHECK (code > 0);";
  const std::string allow =
      "-- lockstep: allow = non-batchable-dml, reason = \"few\"\nUPDATE users SET code = "
      "random()::int;";
  const Folder folder{{"0007_a.sql", "ALTER TABLE users ADD COLUMN code int;\n" + allow},
                      {"0008_b.sql", constrain}};
  const PlanResult result = planned(folder, {"0007", "0008"});
  REQUIRE(result.refusals.size() == 1);
  CHECK(result.refusals[0].where.file == "0008_b.sql");
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("[constraint-on-unswept-rows]"));
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("column users.code"));
  // Deployed in between, the application fills the column.
  CHECK(planned(folder, {"0007"}).refusals.empty());
  CohortInput later =
      cohort(live(kUsers + "ALTER TABLE users ADD COLUMN code int;"), {"a"}, {"0008"});
  CHECK(make_plan(folder.recognised(), plan_input({later})).refusals.empty());
}
