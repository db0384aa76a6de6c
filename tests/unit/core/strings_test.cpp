#include "lockstep/core/strings.h"

#include "lockstep/core/ids.h"
#include "lockstep/core/migration_key.h"
#include "tests/support/catch.h"

using namespace lockstep::core;

TEST_CASE("quotes are doubled, and nothing else") {
  CHECK(doubled("", '"').empty());
  CHECK(doubled(R"(a"b'c")", '"') == R"(a""b'c"")");
  CHECK(doubled(R"(\a\)", '\\') == R"(\\a\\)");
}

TEST_CASE("white space goes at both ends") {
  CHECK(trimmed(" \t\r\n\f\va b\n") == "a b");
  CHECK(trimmed(" \n").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("a repeatable is known by its key") {
  CHECK(is_repeatable(MigrationId{std::nullopt, "search"}.key()));
  CHECK_FALSE(is_repeatable(MigrationId{Version::parse("0007"), "R"}.key()));
  CHECK_FALSE(is_repeatable("R"));
}
