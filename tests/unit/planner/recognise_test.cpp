#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("what is wrong in all files is said in one run, each with its place") {
  const Folder folder{
      {"0002_b.yaml", "operations:\n  - add_colum: {table: t, column: c, type: int}\n"},
      {"0003_c.yaml", "operations:\n  - add_column: {table: t, colum: c, type: int}\n"}};
  REQUIRE(folder.problems().size() == 3);
  CHECK(core::to_string(folder.problems()[0].where) == "0002_b.yaml:2:5");
  CHECK_THAT(folder.problems()[0].message, ContainsSubstring("add_colum"));
  CHECK(folder.problems()[1].where.file == "0003_c.yaml");
  CHECK_THAT(folder.problems()[1].message, ContainsSubstring("needs \"column\""));
  CHECK_THAT(folder.problems()[2].message, ContainsSubstring("colum"));
}

TEST_CASE("the sub-commands of one ALTER TABLE are operations in the order PostgreSQL runs them") {
  const Folder folder{
      {"0001_a.sql",
       "ALTER TABLE t ADD COLUMN c int, DROP COLUMN d, ALTER COLUMN c SET NOT NULL, "
       "ALTER COLUMN e DROP NOT NULL;"}};
  REQUIRE(folder.problems().empty());
  std::vector<std::string> names;
  for (const auto& operation : folder.recognised()[0].operations)
    names.emplace_back(operation->name());
  CHECK(names ==
        std::vector<std::string>{"drop_column", "drop_not_null", "add_column", "set_not_null"});
  CHECK(folder.recognised()[0].items == std::vector<std::size_t>{0, 0, 0, 0});
}

TEST_CASE("an operation knows where it stands and what its author allows") {
  const Folder folder{{"0007_a.sql",
                       "-- lockstep: phase = contract\n"
                       "-- lockstep: locks = t:ShareLock, billing.plans:RowExclusiveLock\n"
                       "-- lockstep: allow = published-table, reason = \"known\"\n"
                       "ALTER TABLE t ADD COLUMN c int;\n"}};
  REQUIRE(folder.problems().empty());
  const operations::Origin& origin = folder.recognised()[0].operations[0]->origin();
  CHECK(origin.migration == "0007");
  CHECK(origin.where == core::SourceLocation{"0007_a.sql", 4, 1});
  CHECK(origin.statement == "ALTER TABLE t ADD COLUMN c int");
  CHECK(origin.phase == core::Phase::kContract);
  CHECK(origin.allows == std::vector<operations::Allow>{{"published-table", "known"}});
  CHECK(origin.allows_hazard("published-table"));
  CHECK_FALSE(origin.allows_hazard("drop-column"));
  CHECK(origin.declared_locks ==
        std::vector<plan::LockClaim>{{{"", "t"}, catalog::LockMode::kShare},
                                     {{"billing", "plans"}, catalog::LockMode::kRowExclusive}});
}

TEST_CASE("a YAML operation's text is what could stand in the file") {
  const Folder folder{
      {"0007_a.yaml",
       "operations:\n  - add_column: {table: t, column: c, type: text, default: \"''\"}\n"}};
  REQUIRE(folder.problems().empty());
  CHECK(folder.recognised()[0].operations[0]->origin().statement ==
        "add_column: {table: t, column: c, type: text, default: \"''\"}");
}

TEST_CASE("directives that name what is not there, or may not be allowed") {
  const Folder folder{{"0001_a.sql",
                       "-- lockstep: allow = no-such-hazard, reason = \"x\"\n\n"
                       "-- lockstep: allow = drop-column-dependants, reason = \"x\"\n"
                       "ALTER TABLE t DROP COLUMN c;\n"
                       "-- lockstep: locks = t:VeryStrongLock\n"
                       "ALTER TABLE t DROP COLUMN d;\n"}};
  const std::vector<std::string> said = messages(folder.problems());
  REQUIRE(said.size() == 3);  // the file's directive stands on both statements, and is said once
  CHECK_THAT(said[0], ContainsSubstring("drop-column-dependants cannot be allowed"));
  CHECK_THAT(said[1], ContainsSubstring("no hazard \"no-such-hazard\""));
  CHECK_THAT(said[2], ContainsSubstring("VeryStrongLock"));
}

TEST_CASE("repeatables come last, each behind what it reads") {
  const Folder folder{
      {"migrations/repeatable/a_view.sql", "CREATE OR REPLACE VIEW a AS SELECT z(id) FROM b;"},
      {"migrations/repeatable/b_view.sql", "CREATE OR REPLACE VIEW b AS SELECT id FROM users;"},
      {"migrations/repeatable/c_trigger.sql",
       "CREATE OR REPLACE TRIGGER c INSTEAD OF INSERT ON y FOR EACH ROW EXECUTE FUNCTION z();"},
      {"migrations/repeatable/y_view.sql", "CREATE OR REPLACE VIEW y AS SELECT id FROM users;"},
      {"migrations/repeatable/z_function.sql",
       "CREATE OR REPLACE FUNCTION z(n int) RETURNS int LANGUAGE sql AS 'SELECT n';"},
      {"migrations/0009_users.sql", "CREATE TABLE users (id int);"}};
  REQUIRE(messages(folder.problems()) == std::vector<std::string>{});
  std::vector<std::string> order;
  for (const planner::Recognised& migration : folder.recognised()) {
    order.push_back(migration.migration->id.key());
  }
  CHECK(order == std::vector<std::string>{"0009", "R:b_view", "R:y_view", "R:z_function",
                                          "R:a_view", "R:c_trigger"});
}

TEST_CASE("repeatables that read each other are taken by name") {
  const Folder folder{
      {"migrations/repeatable/a.sql", "CREATE OR REPLACE VIEW a AS SELECT id FROM b;"},
      {"migrations/repeatable/b.sql", "CREATE OR REPLACE VIEW b AS SELECT id FROM a;"}};
  REQUIRE(folder.recognised().size() == 2);
  CHECK(folder.recognised()[0].migration->id.key() == "R:a");
}

TEST_CASE("what must be read from the server is what the operations name") {
  const Folder folder{{"0001_a.sql",
                       "CREATE TABLE a (id int REFERENCES b, kind mood);\n"
                       "ALTER TABLE c ADD COLUMN d int DEFAULT next_d();\n"}};
  const catalog::CatalogRequest request = planner::request_for(folder.recognised());
  CHECK(request.relations == std::set<core::QualifiedName>{{"", "a"}, {"", "b"}, {"", "c"}});
  CHECK(request.types.count({"", "mood"}) == 1);
  CHECK(request.functions.count({"", "next_d"}) == 1);
  // Names that the plan may choose.
  CHECK(request.names.count({"", "a_id_fkey"}) == 1);
  CHECK(request.names.count({"", "a_id_fkey1"}) == 1);
}
