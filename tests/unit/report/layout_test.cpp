#include "layout.h"

#include "lockstep/report/problems.h"
#include "tests/support/catch.h"

using namespace lockstep::report;

TEST_CASE("width counts characters and no escape sequences") {
  CHECK(display_width("größe") == 5);
  CHECK(display_width("\x1b[31mred\x1b[0m") == 3);
  CHECK(padded("ü", 3) == "ü  ");
}

TEST_CASE("what comes from outside cannot move the cursor") {
  CHECK(printable("a\x1b[2Jb\nc\x7f\xC2\x9B"
                  "d") == "a?[2Jb c ?d");
  CHECK(one_line("  a \n\t b  ", 10) == "a b");
  CHECK(one_line("abcdefgh", 6) == "abc...");
  CHECK(one_line("ääääääää", 6) == "äää...");
  CHECK(one_line("abc", 2) == "..");
}

TEST_CASE("sentences wrap between words") {
  CHECK(wrapped("one two three four", 9, "  ", 0) == "one two\n  three\n  four");
  CHECK(wrapped("averyveryverylongword b", 5, "", 0) == "averyveryverylongword\nb");
  CHECK(wrapped("a b", 10, "", 8) == "a\nb");
}

TEST_CASE("tables line up, empty columns vanish") {
  CHECK(table({{"a", "", "1"}, {"bbb", "", "22"}}, "  ") == "  a    1\n  bbb  22\n");
}

TEST_CASE("lists are cut, but never to hide a single one") {
  CHECK(listed({"a", "b", "c"}, 2) == "a, b, c");
  CHECK(listed({"a", "b", "c", "d"}, 2) == "a, b and 2 more");
  CHECK(counted(1, "tenant") == "1 tenant");
  CHECK(counted(0, "tenant") == "0 tenants");
}

TEST_CASE("commands go to the same place") {
  Style style;
  CHECK(placed("run lockstep apply", style) == "run lockstep apply");
  style.place = " --config x";
  CHECK(placed("lockstep resume, then `lockstep plan --out FILE`; lockstep apply --config x -y",
               style) ==
        "lockstep resume --config x, then `lockstep plan --config x --out FILE`; lockstep apply "
        "--config x -y");
  style.tenants = " --tenants a";
  CHECK(placed("lockstep apply -y, lockstep rollback", style) ==
        "lockstep apply --config x --tenants a -y, lockstep rollback --config x");
  CHECK(placed("in lockstep.yaml, by lockstep itself, a lockstep planner", style) ==
        "in lockstep.yaml, by lockstep itself, a lockstep planner");
}

TEST_CASE("problems are paragraphs, and JSON") {
  const lockstep::core::Problems problems{{{"f.sql", 2, 5}, "no \"such\" thing", "do that"},
                                          {{}, "alone", ""}};
  CHECK(problems_text(problems, {}) == "f.sql:2:5: no \"such\" thing\n  do that\nalone\n");
  CHECK(error_json("invalid_input", 4, problems) == R"({
  "format": "lockstep.error/1",
  "kind": "invalid_input",
  "exit_code": 4,
  "problems": [
    {
      "file": "f.sql",
      "line": 2,
      "column": 5,
      "message": "no \"such\" thing",
      "remedy": "do that"
    },
    {
      "file": "",
      "line": 0,
      "column": 0,
      "message": "alone",
      "remedy": ""
    }
  ]
}
)");
}
