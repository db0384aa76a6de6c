#include "lockstep/sql/variables.h"

#include "parsing.h"

using namespace lockstep;
using sql::Variables;
using Strings = std::vector<std::string>;

namespace {

sql::ParsedFile parsed(std::string_view text, const std::map<std::string, std::string>& values,
                       bool in_bodies = false) {
  return sql::parse(text, {"f.sql", in_bodies, Variables{values, {}}});
}

/// The statements' texts, as they go to the server.
Strings texts(std::string_view text, const std::map<std::string, std::string>& values,
              bool in_bodies = false) {
  Strings result;
  const sql::ParsedFile file = parsed(text, values, in_bodies);
  for (const core::Problem& problem : file.problems) result.push_back(to_string(problem));
  for (const sql::Statement& statement : file.statements) result.push_back(statement.text);
  return result;
}

Strings wrong(std::string_view text, const std::map<std::string, std::string>& values = {}) {
  Strings result;
  for (const core::Problem& problem : parsed(text, values).problems) {
    result.push_back(to_string(problem));
  }
  return result;
}

}  // namespace

TEST_CASE("a variable is a number or an identifier outside of quotes") {
  CHECK(texts("GRANT SELECT ON t TO ${reader}", {{"reader", "app_reader"}}) ==
        Strings{"GRANT SELECT ON t TO app_reader"});
  CHECK(texts("GRANT SELECT ON t TO ${reader}", {{"reader", "App Reader"}}) ==
        Strings{"GRANT SELECT ON t TO \"App Reader\""});
  CHECK(texts("ALTER TABLE t ADD c varchar(${n}) DEFAULT ${d}", {{"n", "12"}, {"d", "-0.5"}}) ==
        Strings{"ALTER TABLE t ADD c varchar(12) DEFAULT -0.5"});
  CHECK(texts("UPDATE ${s}.t SET a = 1", {{"s", "billing"}}) ==
        Strings{"UPDATE billing.t SET a = 1"});
}

TEST_CASE("no value changes more than its own place") {
  CHECK(texts("DROP TABLE t ${x}", {{"x", "cascade"}}).front().find("syntax error") !=
        std::string::npos);
  CHECK(texts("DROP TABLE ${x}", {{"x", "a; DROP TABLE b"}}) ==
        Strings{"DROP TABLE \"a; DROP TABLE b\""});
  CHECK(texts("DROP TABLE ${x}", {{"x", "a\" CASCADE"}}) ==
        Strings{"DROP TABLE \"a\"\" CASCADE\""});
  CHECK(texts("UPDATE t SET a = '${x}'", {{"x", "', b = '"}}) ==
        Strings{"UPDATE t SET a = ''', b = '''"});
  CHECK(texts("DROP TABLE \"t_${x}\"", {{"x", "a\"b"}}) == Strings{"DROP TABLE \"t_a\"\"b\""});
  CHECK(texts("UPDATE t SET a = 1 -${x}", {{"x", "-2"}}) == Strings{"UPDATE t SET a = 1 - -2"});
  CHECK(texts("SELECT ${x}&'a'", {{"x", "u"}}) == Strings{"SELECT u &'a'"});
}

TEST_CASE("bodies keep ${name} unless the file allows it; comments always do") {
  const std::map<std::string, std::string> values{{"x", "it's"}};
  CHECK(texts("DO $$ '${x}' $$", values) == Strings{"DO $$ '${x}' $$"});
  CHECK(texts("DO $$ '${x}' $$", values, true) == Strings{"DO $$ 'it''s' $$"});
  CHECK(texts("DO $b$ begin drop table ${x}; -- ${x}\n end $b$", {{"x", "a b"}}, true) ==
        Strings{"DO $b$ begin drop table \"a b\"; -- ${x}\n end $b$"});
  CHECK(texts("DO $$ '${x}' $$", {{"x", "$$"}}, true).front() ==
        "f.sql:1:8: the value of ${x} has a $ in it, which could end the body\n"
        "  write the body in single quotes");
  CHECK(texts("SELECT 1 /* ${y} */ -- ${z}\n + 2", values) ==
        Strings{"SELECT 1 /* ${y} */ -- ${z}\n + 2"});
}

TEST_CASE("a doubled dollar is the text itself, and so is what is no variable's name") {
  CHECK(texts("UPDATE t SET a = '$${x} ${user.name} ${}'", {{"x", "1"}}) ==
        Strings{"UPDATE t SET a = '${x} ${user.name} ${}'"});
}

TEST_CASE("an unknown variable is told where it stands") {
  CHECK(wrong("SELECT 1;\nDROP TABLE ${tabel}") ==
        Strings{"f.sql:2:12: there is no variable \"tabel\""});
  CHECK(wrong("UPDATE t SET a = '${x}'") == Strings{"f.sql:1:19: there is no variable \"x\"\n"
                                                    "  the text itself is written $${x}"});
  const Variables variables{{}, [](const std::string& name) { return "not " + name; }};
  const auto file = sql::parse("DROP TABLE ${x}", {"f.sql", false, variables});
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].remedy == "not x");
}

TEST_CASE("places that take no variable") {
  const std::map<std::string, std::string> values{{"x", "a"}, {"n", ""}};
  const std::string longer =
      ": ${x} is part of a longer word\n"
      "  write the whole name in double quotes, or the whole text in single "
      "ones";
  CHECK(wrong("DROP TABLE t_${x}", values) == Strings{"f.sql:1:14" + longer});
  CHECK(wrong("DROP TABLE ${x}s", values) == Strings{"f.sql:1:12" + longer});
  CHECK(wrong("SELECT ${x}'a'", values).front() == "f.sql:1:8" + longer);
  CHECK(wrong("SELECT E'${x}'", values) ==
        Strings{"f.sql:1:10: ${x} cannot stand in this kind of literal\n"
                "  write a plain literal, '...', without E, U&, B or X before it"});
  CHECK(wrong("DROP TABLE ${n}", values) ==
        Strings{"f.sql:1:12: the value of ${n} cannot be a name: it is empty\n"
                "  write '${n}' for a text"});
}

TEST_CASE("places behind a variable are the file's") {
  const std::map<std::string, std::string> values{{"x", "a_rather_long_name"}, {"y", "b"}};
  CHECK(wrong("DROP TABLE ${x}; DROP TABEL ${y};\nDROP TABLE \"${y}\"; DRP", values) ==
        Strings{"f.sql:1:23: syntax error at or near \"TABEL\" (read with " + sql::grammar() +
                    "'s grammar)",
                "f.sql:2:20: syntax error at or near \"DRP\" (read with " + sql::grammar() +
                    "'s grammar)"});
  const auto file = parsed("DROP TABLE ${x};  -- one\nDROP TABLE ü_${z}", values);
  REQUIRE(file.comments.size() == 1);
  CHECK(file.comments[0].text == "one");
  CHECK(file.comments[0].where.column == 19);
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].where == core::SourceLocation{"f.sql", 2, 14});
}

TEST_CASE("behind an open quote no variable is looked for") {
  const Strings problems = wrong("DROP TABLE ${x}; SELECT 'a ${y}", {{"x", "t"}});
  REQUIRE_FALSE(problems.empty());
  CHECK_THAT(problems.front(), Catch::Matchers::ContainsSubstring("f.sql:1:25: unterminated"));
  for (const std::string& problem : problems) {
    CHECK_THAT(problem, !Catch::Matchers::ContainsSubstring("no variable"));
  }
}

TEST_CASE("in text that is no SQL, values stand as they are") {
  core::Problems problems;
  CHECK(sql::bind_variables_in_text("for ${x}, $${x}, ${schema}", {"m.yaml", 3, 4},
                                    Variables{{{"x", "it's"}}, {}},
                                    problems) == "for it's, ${x}, ${schema}");
  CHECK(problems.empty());
  sql::bind_variables_in_text("${y}", {"m.yaml", 3, 4}, Variables{}, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].where == core::SourceLocation{"m.yaml", 3, 4});
}
