#include "lockstep/migration/migration.h"
#include "tests/support/catch.h"
#include "tests/support/memory_files.h"

using namespace lockstep;
using migration::load_migration;

namespace {

migration::Migration good(const std::string& text) {
  const auto loaded = load_migration("1_f.sql", text);
  CHECK(test::lines(loaded.problems).empty());
  REQUIRE(loaded.migrations.size() == 1);
  return loaded.migrations.front();
}

std::vector<std::string> bad(const std::string& text) {
  return test::lines(load_migration("1_f.sql", text).problems);
}

/// "allow=x phase=contract" of one item.
std::string directives(const migration::Item& item) {
  std::string result;
  for (const auto& each : item.directives) {
    result += (result.empty() ? "" : " ") + each.name + "=" + each.value;
  }
  return result;
}

std::vector<std::string> all(const migration::Migration& migration) {
  std::vector<std::string> result;
  for (const auto& item : migration.items) {
    result.push_back(directives(item));
  }
  return result;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a directive directly above a statement is that statement's") {
  const auto m = good(
      "-- Phones become mandatory.\n"
      "ALTER TABLE users DROP COLUMN a;\n"
      "-- lockstep: phase = contract\n"
      "-- why: the old application reads it\n"
      "ALTER TABLE users DROP COLUMN b;\n"
      "\n"
      "/* a remark\n   of two lines */\n"
      "ALTER TABLE users DROP COLUMN c;\n");
  CHECK(all(m) == Strings{"", "phase=contract", ""});
  CHECK(m.description == "Phones become mandatory.");
  CHECK(m.items[1].directives[0].where == core::SourceLocation{"1_f.sql", 3, 1});
}

TEST_CASE("above the first statement, with a blank line between, it is the file's") {
  const auto m = good(
      "-- lockstep: phase = contract\n"
      "-- lockstep: allow = opaque-statement, reason = \"checked\"\n"
      "\n"
      "SELECT 1;\n"
      "-- lockstep: phase = expand\n"
      "SELECT 2;\n");
  CHECK(all(m) ==
        Strings{"phase=contract allow=opaque-statement", "phase=expand allow=opaque-statement"});
}

TEST_CASE("directly above the first statement it is that statement's, though at the top") {
  const auto m = good("-- lockstep: phase = contract\nSELECT 1;\nSELECT 2;\n");
  CHECK(all(m) == Strings{"phase=contract", ""});
}

TEST_CASE("scope is always the file's") {
  const auto m = good("-- lockstep: scope = shared\nSELECT 1;\n");
  CHECK(m.scope == core::Scope::kShared);
  CHECK(all(m) == Strings{""});
  CHECK(good("SELECT 1;\n").scope == core::Scope::kTenant);
  CHECK(bad("SELECT 1;\n-- lockstep: scope = shared\nSELECT 2;\n") ==
        Strings{"1_f.sql:2:1: scope is for the whole file\n  move it above the first statement"});
}

TEST_CASE("several hazards may be allowed, each once") {
  const auto m = good(
      "-- lockstep: allow = a, reason = \"x\"\n-- lockstep: allow = b, reason = \"y\"\nSELECT "
      "1;\n");
  CHECK(all(m) == Strings{"allow=a allow=b"});
  CHECK(bad("-- lockstep: allow = a, reason = \"x\"\n-- lockstep: allow = a, reason = "
            "\"y\"\nSELECT 1;\n") ==
        Strings{"1_f.sql:2:1: allow is given twice\n  remove one of them"});
  CHECK(bad("-- lockstep: phase = expand\n-- lockstep: phase = contract\nSELECT 1;\n") ==
        Strings{"1_f.sql:2:1: phase is given twice\n  remove one of them"});
}

TEST_CASE("no directive is silently without effect") {
  const std::string own_line =
      "a directive is a \"--\" comment on a line of its own, above its statement\n"
      "  move it directly above the statement";
  CHECK(bad("SELECT 1; -- lockstep: phase = contract\n") == Strings{"1_f.sql:1:11: " + own_line});
  CHECK(bad("SELECT\n-- lockstep: phase = contract\n1;\n") == Strings{"1_f.sql:2:1: " + own_line});
  CHECK(bad("/* lockstep: phase = contract */\nSELECT 1;\n") ==
        Strings{"1_f.sql:1:1: " + own_line});
  CHECK(bad("SELECT 1;\n-- lockstep: phase = contract\n\nSELECT 2;\n") ==
        Strings{"1_f.sql:2:1: no statement stands directly below this directive\n"
                "  remove the blank line between them; what is for the whole file stands above the "
                "first statement"});
  CHECK(bad("SELECT 1;\n-- lockstep: phase = contract\n").size() == 1);
  CHECK(bad("-- lockstep phase = contract\nSELECT 1;\n") ==
        Strings{"1_f.sql:1:1: this comment looks like a directive and is none\n"
                "  write: -- lockstep: name = value"});
}

TEST_CASE("spelling variants that leave no doubt are accepted") {
  CHECK(all(good("--lockstep:phase=contract\nSELECT 1;\n")) == Strings{"phase=contract"});
  CHECK(all(good("  -- Lockstep: Phase = contract\n  SELECT 1;\n")) == Strings{"phase=contract"});
  CHECK(all(good("-- lockstep: phase = contract\r\nSELECT 1;\r\n")) == Strings{"phase=contract"});
  CHECK(all(good("\xEF\xBB\xBF-- lockstep: phase = contract\nSELECT 1;\n")) ==
        Strings{"phase=contract"});
}

TEST_CASE("text that only looks like a comment holds no directives") {
  const auto m = good("SELECT '\n-- lockstep: phase = contract\n', $$\n-- lockstep: x\n$$;\n");
  CHECK(all(m) == Strings{""});
}

TEST_CASE("placeholders inside bodies are the file's choice") {
  const std::string function =
      "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '${schema}' $$;\n";
  const auto m = good("-- lockstep: placeholders_in_bodies = true\n" + function);
  const auto& statement = std::get<sql::Statement>(m.items[0].source);
  CHECK_THAT(statement.text, Catch::Matchers::ContainsSubstring("${schema:body-literal}"));
}
