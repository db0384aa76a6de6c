#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = LOCKSTEP_SOURCE_DIR;

std::string slurp(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// One space where a line ends, so that a name may be broken over lines.
std::string on_one_line(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\s+)"), " ");
}

std::set<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> words;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), expression);
       match != std::sregex_iterator(); ++match) {
    words.insert((*match)[1].str());
  }
  return words;
}

std::set<std::string> names_of_test_cases() {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    // A long name is written as neighbouring literals.
    const std::string joined =
        std::regex_replace(slurp(entry.path()), std::regex(R"("\s*\n\s*")"), "");
    names.merge(found(joined, R"re(TEST_CASE(?:_METHOD\(\s*\w+\s*,|\()\s*"((?:[^"\\]|\\.)*)")re"));
  }
  return names;
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
