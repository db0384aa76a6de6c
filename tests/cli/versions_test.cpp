#include "versions.h"

#include "tests/support/catch.h"

using namespace lockstep::cli;

TEST_CASE("the next version keeps the style of the highest") {
  const std::string now = "20261122100000";
  CHECK(version_after(std::nullopt, now) == "0001");
  CHECK(version_after("0009", now) == "0010");
  CHECK(version_after("9", now) == "10");
  CHECK(version_after("0999", now) == "1000");
  CHECK(version_after("20251231235959", now) == now);
  CHECK(version_after("20261231235959", now) == "20261231235960");
  CHECK(version_after("99999999999999", now) == "100000000000000");
}

TEST_CASE("the highest version is found among names, by number") {
  CHECK(highest_version({"0002_a.sql", "10_b.yaml", "9_c.sql", "README.md", "repeatable"}) == "10");
  CHECK_FALSE(highest_version({"README.md"}));
  CHECK_FALSE(highest_version({}));
}
