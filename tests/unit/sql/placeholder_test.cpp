#include "parsing.h"

using namespace lockstep::sql;
using lockstep::core::kTenantSchema;

namespace {

std::string text_of(std::string_view text, bool in_bodies = false) {
  const auto file = parse(text, {"f.sql", in_bodies});
  for (const auto& problem : file.problems) {
    FAIL_CHECK(to_string(problem));
  }
  REQUIRE(file.statements.size() == 1);
  return file.statements[0].text;
}

}  // namespace

TEST_CASE("${schema} is a schema's name") {
  const auto index = parse_one<CreateIndex>("CREATE INDEX ON ${schema}.t (${schema}.f(a))");
  CHECK(index.table.in_tenant());
  CHECK(index.elements[0].expression->text == "${schema}.f(a)");
  CHECK(index.elements[0].expression->functions[0].schema == kTenantSchema);

  const auto quoted = parse_one<Update>("UPDATE \"${schema}\".t SET a = '${schema}' || 1");
  CHECK(quoted.table.in_tenant());
  CHECK(quoted.assignments[0].value.text == "'${schema:literal}' || 1");
  CHECK(parse_one<Drop>("DROP SCHEMA ${schema}").names[0].name == kTenantSchema);
}

TEST_CASE("${schema} has a form for each place") {
  CHECK(text_of("SELECT '${schema}', \"${schema}_a\", ${schema}.f()") ==
        "SELECT '${schema:literal}', \"${schema:ident}_a\", ${schema}.f()");
  CHECK(text_of("SELECT 1 /* ${schema} */ -- ${schema}\n + 2") ==
        "SELECT 1 /* ${schema:verbatim} */ -- ${schema:verbatim}\n + 2");
  CHECK(text_of("DO $$ ${schema} $$") == "DO $$ ${schema:verbatim} $$");
  CHECK(text_of("DO $x$ ${schema}.f() $x$", true) == "DO $x$ ${schema:body}.f() $x$");
  CHECK(text_of("DO $x$ '${schema}', \"a ${schema}\" -- ${schema} $x$", true) ==
        "DO $x$ '${schema:body-literal}', \"a ${schema:body-ident}\" -- ${schema:verbatim} $x$");
  CHECK(parse_one<Drop>("DROP TABLE \"${schema}_a\"").names[0].name == "${schema:ident}_a");
  CHECK(parse_one<CreateEnum>("CREATE TYPE y AS ENUM ('${schema}')").labels[0] ==
        "${schema:literal}");
}

TEST_CASE("bodies keep ${schema} unless the file allows it") {
  const std::string text =
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT a FROM ${schema}.t $$";
  const auto kept = parse_one<CreateFunction>(text);
  CHECK(kept.body == " SELECT a FROM ${schema:verbatim}.t ");
  const auto replaced = parse(text, {"f.sql", true});
  REQUIRE(replaced.statements.size() == 1);
  const auto& function = std::get<CreateFunction>(replaced.statements[0].body);
  CHECK(function.body == " SELECT a FROM ${schema}.t ");
  CHECK(replaced.statements[0].text.ends_with("$$ SELECT a FROM ${schema:body}.t $$"));
  CHECK(function.reads == std::vector{QualifiedName{std::string(kTenantSchema), "t"}});
}

TEST_CASE("a body must say what ${schema} is in it") {
  const auto problems = [](std::string_view text) {
    return parse(text, {"f.sql", true}).problems.size();
  };
  CHECK(problems("DO $$ ${schema}_a $$") == 1);
  CHECK(problems("DO $$ E'${schema}' $$") == 1);
  CHECK(problems("DO $$ it's ${schema} $$") == 1);
  CHECK(problems("DO $$ EXECUTE $q$ ${schema} $q$ $$") == 1);
}

TEST_CASE("between single quotes a body takes no placeholder") {
  // Nobody would quote it as the place in the body asks.
  CHECK(problems_of("DO ' ${schema} '").size() == 1);
  CHECK(problems_of("DO LANGUAGE plpgsql ' ${schema} '").size() == 1);
  CHECK(
      problems_of("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS /* c */ 'SELECT ${schema}.f()'")
          .size() == 1);
  CHECK(problems_of("SELECT '${schema}' AS a, 'of ${schema}'").empty());
}

TEST_CASE("the stand-in is never a name of the author's") {
  const auto update = parse_one<Update>("UPDATE ${schema}.QZX_00000 SET a = 'qzx_00001'");
  CHECK(update.table == QualifiedName{std::string(kTenantSchema), "qzx_00000"});
  CHECK(update.assignments[0].value.text == "'qzx_00001'");
}

TEST_CASE("where ${schema} cannot stand") {
  CHECK(problems_of("SELECT ${schema}_a") ==
        std::vector<std::string>{"f.sql:1:8: ${schema} is part of a longer name"});
  const std::string kind = ": ${schema} cannot stand in this kind of literal";
  CHECK(problems_of("SELECT E'${schema}'") == std::vector{"f.sql:1:10" + kind});
  CHECK(problems_of("SELECT U&'a ${schema}', 1") == std::vector{"f.sql:1:13" + kind});
  CHECK(problems_of("SELECT U&\"${schema}\" , 1") == std::vector{"f.sql:1:11" + kind});
  CHECK(problems_of("DROP TABLE \"${schema}" + std::string(60, 'x') + "\"").size() == 1);
}

TEST_CASE("no other placeholders") {
  CHECK(problems_of("DROP TABLE a;\nDROP TABLE ${tenant}.b; DROP TABLE ${x}") ==
        std::vector<std::string>{"f.sql:2:12: there is no variable \"tenant\"",
                                 "f.sql:2:36: there is no variable \"x\""});
  CHECK(problems_of("DROP TABLE ${a b}") ==
        std::vector<std::string>{"f.sql:1:12: ${a b} is no placeholder"});
  CHECK(problems_of("SELECT '${a.b}', $$ ${tenant} $$ -- ${tenant}").empty());
  CHECK(problems_of("SELECT '${schema:literal}'") ==
        std::vector<std::string>{"f.sql:1:9: ${schema:literal} is no placeholder"});
  CHECK_FALSE(problems_of("SELECT ${").empty());
}

TEST_CASE("messages speak of what the author wrote") {
  const auto problems = problems_of("DROP TABLE ${schema} ${schema}");
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0], Catch::Matchers::ContainsSubstring("at or near \"${schema}\""));
}
