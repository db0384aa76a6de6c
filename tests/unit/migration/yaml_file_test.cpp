#include "lockstep/migration/migration.h"
#include "tests/support/catch.h"
#include "tests/support/memory_files.h"

using namespace lockstep;
using migration::load_migration;
using Strings = std::vector<std::string>;

namespace {

Strings bad(const std::string& text) {
  return test::lines(load_migration("1_f.yaml", text).problems);
}

}  // namespace

TEST_CASE("a YAML migration keeps its operations with their places") {
  const auto loaded = load_migration("1_f.yaml",
                                     "description: Store age as a number\n"
                                     "scope: shared\n"
                                     "phase: contract\n"
                                     "operations:\n"
                                     "  - add_column: {table: users, column: phone, type: text}\n"
                                     "  - drop_table: {table: old}\n"
                                     "    phase: expand\n"
                                     "    allow: drop-in-use\n"
                                     "    reason: nobody reads it\n");
  CHECK(test::lines(loaded.problems).empty());
  const auto& m = loaded.migrations.at(0);
  CHECK(m.description == "Store age as a number");
  CHECK(m.scope == core::Scope::kShared);
  REQUIRE(m.items.size() == 2);
  const auto& first = std::get<text::Node::Entry>(m.items[0].source);
  CHECK(first.key == "add_column");
  CHECK(first.key_where == core::SourceLocation{"1_f.yaml", 5, 5});
  CHECK(first.value.find("table")->scalar() == "users");
  REQUIRE(m.items[0].directives.size() == 1);
  CHECK(m.items[0].directives[0].value == "contract");
  REQUIRE(m.items[1].directives.size() == 2);
  CHECK(m.items[1].directives[0].value == "expand");
  CHECK(m.items[1].directives[1].value == "drop-in-use");
  CHECK(m.items[1].directives[1].reason == "nobody reads it");
}

TEST_CASE("what is wrong in a YAML migration is said where it stands") {
  CHECK(bad("") == Strings{"1_f.yaml: the file holds no operation\n"
                           "  write the change, or delete the file"});
  CHECK(bad("operations: []\n") ==
        Strings{"1_f.yaml:1:13: \"operations\" needs a list of at least one operation\n"
                "  for example: - add_column: {table: users, column: phone, type: text}"});
  CHECK(bad("operations:\n  - a: {}\n    b: {}\n") ==
        Strings{"1_f.yaml:3:5: two operations in one item of the list\n"
                "  begin the second with its own \"- \""});
  CHECK(bad("operations: [drop_table]\nphase: both\nscope: all\n").size() == 3);
  CHECK(bad("operations:\n  - a: {}\n    allow: x\n") ==
        Strings{"1_f.yaml:3:12: allow needs a reason\n"
                "  add beside it: reason: why it is safe here"});
  CHECK(bad("operations:\n  - a: {}\n    reason: x\n") ==
        Strings{"1_f.yaml:3:13: a reason is for allow, and there is none"});
  CHECK(bad("opertions:\n  - a: {}\n").size() == 2);
}

TEST_CASE("SQL's comment directives are not silently ignored in YAML") {
  CHECK(bad("# lockstep: phase = contract\noperations:\n  - a: {}\n") ==
        Strings{"1_f.yaml:1:1: directives in comments are for SQL files\n"
                "  write phase, allow and reason as keys beside the operation"});
  CHECK(bad("# a remark\noperations:\n  - a: {}\n").empty());
}
