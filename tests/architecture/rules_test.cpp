#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "documents.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

/// One space where a line ends, so that a name may be broken over lines.
std::string on_one_line(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\s+)"), " ");
}

TEST_CASE("every test that docs/rules.md names is there") {
  const std::string page = on_one_line(slurp(kRoot / "docs" / "rules.md"));
  const std::set<std::string> names = names_of_test_cases();
  const std::set<std::string> quoted = found(page, "\"([^\"]+)\"");
  REQUIRE(quoted.size() > 40);
  for (const std::string& name : quoted) {
    INFO(name);
    CHECK(names.count(name) == 1);
  }
  const std::set<std::string> cases = found(page, "`([a-z_/]+\\.case)`");
  REQUIRE(cases.size() > 20);
  for (const std::string& file : cases) {
    INFO(file);
    CHECK(fs::exists(kRoot / "tests" / "cases" / file));
  }
}

}  // namespace
}  // namespace lockstep::test
