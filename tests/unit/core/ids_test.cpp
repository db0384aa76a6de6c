#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/ids.h"
#include "tests/support/catch.h"

using lockstep::core::MigrationId;
using lockstep::core::Version;

namespace {

Version version(std::string_view digits) {
  const auto parsed = Version::parse(digits);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("a version is one or more ASCII digits") {
  CHECK(Version::parse("0007"));
  CHECK(Version::parse("0"));
  for (const auto* text : {"", " 7", "7 ", "+7", "-7", "7a", "7.1", "\xd9\xa7", "0x7"}) {
    INFO(text);
    CHECK_FALSE(Version::parse(text));
  }
}

TEST_CASE("a version is kept as written and compared as a number of any length") {
  CHECK(version("0007").text() == "0007");
  CHECK(version("0007") == version("7"));
  CHECK(version("9") < version("10"));
  CHECK(version("0010") > version("9"));
  CHECK(version("000") == Version());
  CHECK(Version() < version("1"));
  CHECK(version("99999999999999999999999999") < version("100000000000000000000000000"));
  CHECK(version("20261122093000") > version("20261122092959"));
}

TEST_CASE("versioned migrations come before repeatable ones") {
  const MigrationId second{version("2"), "b"};
  const MigrationId tenth{version("10"), "a"};
  const MigrationId functions{std::nullopt, "functions"};
  const MigrationId views{std::nullopt, "views"};
  std::vector ids{views, tenth, functions, second};
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector{second, tenth, functions, views});
}

TEST_CASE("a migration goes by its version, a repeatable one by its name") {
  CHECK(MigrationId{version("0007"), "require_phone"}.key() == "0007");
  CHECK(MigrationId{std::nullopt, "search_functions"}.key() == "R:search_functions");
  CHECK(MigrationId{version("7"), "old_name"} == MigrationId{version("0007"), "new_name"});
  CHECK_FALSE(MigrationId{std::nullopt, "a"} == MigrationId{std::nullopt, "b"});
}

TEST_CASE("a key gives its migration back") {
  CHECK(MigrationId::from_key("0007") == MigrationId{version("7"), "any name"});
  CHECK(MigrationId::from_key("0007").key() == "0007");
  CHECK(MigrationId::from_key("R:views") == MigrationId{std::nullopt, "views"});
  for (const auto* key : {"", "views", "7a", "r:views", "-1"}) {
    INFO(key);
    CHECK_THROWS_AS(MigrationId::from_key(key), std::logic_error);
  }
}
