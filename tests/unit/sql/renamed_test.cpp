#include "lockstep/sql/parse.h"
#include "tests/support/catch.h"

namespace lockstep::sql {

TEST_CASE("a column is renamed where an expression names it, and nowhere else") {
  CHECK(rename_in_expression("(a > 0)", "a", "b") == "(b > 0)");
  CHECK(rename_in_expression("t.a + public.t.a - t.b + aa", "a", "new") ==
        "t.new + public.t.new - t.b + aa");
  CHECK(rename_in_expression("a('a', \"a\", \"A\") /* a */ = a::a", "a", "Odd \"name\"") ==
        "a('a', \"Odd \"\"name\"\"\", \"A\") /* a */ = \"Odd \"\"name\"\"\"::a");
  CHECK(rename_in_expression("((status)::text = ANY (ARRAY['status'::text]))", "status", "s2") ==
        "((s2)::text = ANY (ARRAY['status'::text]))");
  CHECK(rename_in_expression("${schema}.f(a)", "a", "b") == "${schema}.f(b)");
  CHECK(rename_in_expression("\xc3\xa4 + a", "a", "b") == "\xc3\xa4 + b");
}

TEST_CASE("a column is renamed in an element of an index") {
  CHECK(rename_in_index_element("a DESC NULLS LAST", "a", "b") == "b DESC NULLS LAST");
  CHECK(rename_in_index_element("a text_pattern_ops", "a", "b") == "b text_pattern_ops");
  CHECK(rename_in_index_element("lower(a) COLLATE \"a\"", "a", "b") == "lower(b) COLLATE \"a\"");
  CHECK(rename_in_index_element("c", "a", "b") == "c");
}

TEST_CASE("what does not parse keeps its names") {
  CHECK(rename_in_expression("a a a", "a", "b") == "a a a");
  CHECK(rename_in_expression("a); DROP TABLE t; SELECT (a", "a", "b") ==
        "a); DROP TABLE t; SELECT (a");
}

}  // namespace lockstep::sql
