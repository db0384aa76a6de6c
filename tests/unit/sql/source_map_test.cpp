#include "source_map.h"

#include "tests/support/catch.h"

using lockstep::core::SourceLocation;
using lockstep::sql::find_invalid_utf8;
using lockstep::sql::SourceMap;

TEST_CASE("columns count characters, lines count from where the text begins") {
  const SourceMap map("aé\nöb\n", {"f", 1, 1});
  CHECK(map.location(0) == SourceLocation{"f", 1, 1});
  CHECK(map.location(3) == SourceLocation{"f", 1, 3});
  CHECK(map.location(4) == SourceLocation{"f", 2, 1});
  CHECK(map.location(6) == SourceLocation{"f", 2, 2});
  CHECK(map.location(99) == SourceLocation{"f", 3, 1});

  const SourceMap fragment("a\nb", {"f", 7, 5});
  CHECK(fragment.location(0) == SourceLocation{"f", 7, 5});
  CHECK(fragment.location(2) == SourceLocation{"f", 8, 1});
}

TEST_CASE("the n-th character as a byte") {
  const SourceMap map("aéö🐘b", {"f", 1, 1});
  CHECK(map.byte_of_character(0, 1) == 0);
  CHECK(map.byte_of_character(0, 3) == 3);
  CHECK(map.byte_of_character(1, 3) == 5);
  CHECK(map.byte_of_character(0, 5) == 9);
  CHECK(map.byte_of_character(0, 50) == 10);
}

TEST_CASE("only well-formed UTF-8 passes") {
  CHECK_FALSE(find_invalid_utf8("aé€🐘").has_value());
  CHECK(find_invalid_utf8("a\x80") == 1);
  CHECK(find_invalid_utf8("ab\xE2\x82") == 2);
  CHECK(find_invalid_utf8("\xE0\x80\xAF") == 0);
  CHECK(find_invalid_utf8("\xF0\x80\x80\x80") == 0);
  CHECK(find_invalid_utf8("\xFF") == 0);
}
