#include "parsing.h"

using namespace lockstep::sql;

namespace {

std::string syntax(const std::string& where, const std::string& near) {
  return "f.sql:" + where + ": syntax error at or near \"" + near + "\" (read with " + grammar() +
         "'s grammar)";
}

}  // namespace

TEST_CASE("all broken statements are reported, with their position in characters") {
  const std::string text =
      "-- Überschrift\n"
      "CREATE TABLE größe (a int);\r\n"
      "/* ä */ CREATE TABEL x (a int);\n"
      "SELECT 'ü;ü' FROM FROM t;\n"
      "DROP TABLE u\n;"
      "ALTER TABLE v (; DROP TABLE w";
  const auto file = parse(text, {"f.sql", false});
  CHECK(problems_of(text) ==
        std::vector{syntax("3:16", "TABEL"), syntax("4:19", "FROM"), syntax("6:16", "(")});
  // What is sound is read all the same.
  REQUIRE(file.statements.size() == 3);
  CHECK(std::get<CreateTable>(file.statements[0].body).name.name == "größe");
  CHECK(std::get<Drop>(file.statements[1].body).names[0].name == "u");
  CHECK(file.statements[2].text == "DROP TABLE w");
}

TEST_CASE("an open quote takes the rest of the file, not what stands before") {
  const auto file =
      parse("DROP TABEL t;\nDROP TABLE u;\nSELECT 'abc;\nDROP TABLE v;", {"f.sql", false});
  REQUIRE(file.problems.size() == 2);
  CHECK(file.problems[0].where == lockstep::core::SourceLocation{"f.sql", 1, 6});
  CHECK(file.problems[1].where == lockstep::core::SourceLocation{"f.sql", 3, 8});
  CHECK_THAT(file.problems[1].message,
             Catch::Matchers::ContainsSubstring("unterminated quoted string"));
  REQUIRE(file.statements.size() == 1);
  CHECK(problems_of("SELECT 1; /* open").size() == 1);
  CHECK(problems_of("DO $a$ open $b$").size() == 1);
  CHECK(problems_of("SELECT \"open").size() == 1);
}

TEST_CASE("commands of psql are told as what they are") {
  const auto told = [](const std::string& where, const std::string& word) {
    return "f.sql:" + where + ": " + word +
           " is a command of psql, and a migration is read without it";
  };
  CHECK(problems_of("\\set owner 'app'\nCREATE TABLE t (a int);") ==
        std::vector{told("1:1", "\\set")});
  CHECK(problems_of("DROP TABLE t;\n  \\i other.sql\n") == std::vector{told("2:3", "\\i")});
  CHECK(problems_of("SELECT 1 \\gset\n") == std::vector{told("1:10", "\\gset")});
  CHECK(problems_of("\\c;") == std::vector{told("1:1", "\\c")});
  // An open quote in its line is no SQL either.
  CHECK(problems_of("DROP TABLE t;\n\\echo it's done\n") == std::vector{told("2:1", "\\echo")});
  // In quotes a backslash is a letter.
  CHECK(problems_of("SELECT '\n\\set', $$\n\\i x$$").empty());
  CHECK(problems_of("SELECT '\n\\set' FROM FROM").front().find("syntax error") !=
        std::string::npos);
}

TEST_CASE("rows behind COPY ... FROM stdin are one problem") {
  const std::string message =
      ": COPY ... FROM stdin takes its rows from psql, and a migration is read without it";
  CHECK(problems_of("DROP TABLE t;\nCOPY u (a, b) FROM stdin;\n1\tone; or so\n2\t\\N\n\\.\n"
                    "DROP TABLE v;\nDROP TABEL w;\n") ==
        std::vector{"f.sql:2:1" + message, syntax("7:6", "TABEL")});
  CHECK(problems_of("COPY u FROM STDIN;\n\\.\n") == std::vector{"f.sql:1:1" + message});
  // An apostrophe in the rows opens a quote that nothing closes.
  CHECK(problems_of("COPY u FROM stdin;\n1\tit's\n\\.\n") == std::vector{"f.sql:1:1" + message});
  // Without rows it is refused as what it is.
  CHECK(problems_of("COPY u FROM stdin;\nDROP TABLE v;").empty());
  CHECK(problems_of("COPY u FROM '/x';\nDROP TABEL v;") == std::vector{syntax("2:6", "TABEL")});
}

TEST_CASE("slices are right beside a broken statement") {
  const auto file = parse(
      "SELEKT 'ü';\n/* ä */ CREATE TABLE t (a int DEFAULT f('ü', 1) NOT NULL);\n"
      "UPDATE t SET a = 'ß' || b WHERE c -- ö\n;",
      {"f.sql", false});
  CHECK(file.problems.size() == 1);
  REQUIRE(file.statements.size() == 2);
  const auto& table = std::get<CreateTable>(file.statements[0].body);
  CHECK(table.columns[0].default_value->text == "f('ü', 1)");
  const auto& update = std::get<Update>(file.statements[1].body);
  CHECK(update.assignments[0].value.text == "'ß' || b");
  CHECK(update.where->text == "c");
}

TEST_CASE("a name has no database") {
  CHECK(problems_of("DROP TABLE a;\nUPDATE db.s.t SET a = 1") ==
        std::vector<std::string>{"f.sql:2:8: a name with a database in front of it"});
}

TEST_CASE("statements know where they stand") {
  const std::string text =
      "-- one\n\n  DROP TABLE a ; -- two\n;;\n/* three */ DROP TABLE b /* four */\n;\n";
  const auto file = parse(text, {"f.sql", false});
  CHECK(file.problems.empty());
  REQUIRE(file.statements.size() == 2);
  CHECK(file.statements[0].text == "DROP TABLE a");
  CHECK(file.statements[0].where == lockstep::core::SourceLocation{"f.sql", 3, 3});
  CHECK(file.statements[1].text == "DROP TABLE b");
  CHECK(file.statements[1].where == lockstep::core::SourceLocation{"f.sql", 5, 13});
  for (const auto& statement : file.statements) {
    CHECK(text.substr(statement.span.begin, statement.span.end - statement.span.begin) ==
          statement.text);
  }
}

TEST_CASE("comments are found, but not those in literals") {
  const auto file = parse(
      "-- lockstep: scope = shared \r\nDROP TABLE a; --\n"
      "SELECT '-- no', $$ -- no $$ /* a /* nested */ one */;--last",
      {"f.sql", false});
  CHECK(file.problems.empty());
  REQUIRE(file.comments.size() == 4);
  CHECK(file.comments[0].text == "lockstep: scope = shared");
  CHECK(file.comments[0].where == lockstep::core::SourceLocation{"f.sql", 1, 1});
  CHECK_FALSE(file.comments[0].block);
  CHECK(file.comments[1].text.empty());
  CHECK(file.comments[2].text == "a /* nested */ one");
  CHECK(file.comments[2].block);
  CHECK(file.comments[3].text == "last");
}

TEST_CASE("files without statements") {
  for (const std::string_view text : {"", " \n", ";", ";;\n;", "-- x", "/* x */", "\xEF\xBB\xBF"}) {
    const auto file = parse(text, {"f.sql", false});
    CHECK(file.problems.empty());
    CHECK(file.statements.empty());
  }
}

TEST_CASE("a byte order mark is no part of the text") {
  const auto file = parse("\xEF\xBB\xBFSELEKT 1;\nDROP TABLE a", {"f.sql", false});
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].where == lockstep::core::SourceLocation{"f.sql", 1, 1});
  REQUIRE(file.statements.size() == 1);
  CHECK(file.statements[0].where == lockstep::core::SourceLocation{"f.sql", 2, 1});
}

TEST_CASE("Windows line ends") {
  const auto file = parse("DROP TABLE a;\r\nUPDATE t\r\n SET a = b\r\n + 1;\r\n", {"f.sql", false});
  CHECK(file.problems.empty());
  REQUIRE(file.statements.size() == 2);
  CHECK(file.statements[1].where == lockstep::core::SourceLocation{"f.sql", 2, 1});
  CHECK(std::get<Update>(file.statements[1].body).assignments[0].value.text == "b\r\n + 1");
}

TEST_CASE("bodies with semicolons are one statement, also beside a broken one") {
  const std::string atomic =
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; "
      "SELECT 2; END;\n";
  const std::string dollars = "DO $$ BEGIN; SELECT 1; END $$;\n";
  CHECK(parse_all(atomic + dollars + "DROP TABLE a").size() == 3);
  const auto file = parse(atomic + dollars + "DROP TABEL a; DROP TABLE b", {"f.sql", false});
  CHECK(file.problems.size() == 1);
  REQUIRE(file.statements.size() == 3);
  CHECK(file.statements[0].text.ends_with("SELECT 2; END"));
}

TEST_CASE("bytes that are no text") {
  using namespace std::string_view_literals;
  CHECK(problems_of("SELECT 1;\nSELECT '\0'"sv) ==
        std::vector<std::string>{"f.sql:2:9: a NUL byte in the text"});
  CHECK(problems_of("SELECT '\xC3'") == std::vector<std::string>{"f.sql:1:9: not valid UTF-8"});
  CHECK(problems_of("SELECT '\xC0\x80'").size() == 1);
  CHECK(problems_of("SELECT '\xED\xA0\x80'").size() == 1);
  CHECK(problems_of("SELECT '\xF4\x90\x80\x80'").size() == 1);
  CHECK(problems_of("SELECT '\xF0\x9F\x90\x98'").empty());
}
