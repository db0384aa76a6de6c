#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "documents.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

struct Row {
  std::string id;
  std::string verdict;
  std::set<std::string> cases;
  std::set<std::string> tests;
};

/// The columns of "| a | b |". A statement may have a bar of its own, so they are counted from both
/// ends: the id, the verdict, what proves it.
Row row_of(const std::string& line) {
  std::vector<std::string> columns;
  for (std::size_t at = 2; at < line.size();) {
    const std::size_t end = std::min(line.find(" | ", at), line.size());
    columns.push_back(line.substr(at, end - at));
    at = end + 3;
  }
  REQUIRE(columns.size() >= 4);
  const std::string& proof = columns.back();
  return {columns.front(), columns[columns.size() - 2], found(proof, "`([a-z_0-9/]+)\\.case`"),
          found(proof, "\"([^\"]+)\"")};
}

std::vector<Row> rows() {
  std::vector<Row> rows;
  std::istringstream page(slurp(kRoot / "docs" / "catalogue.md"));
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| ", 0) == 0 && line.rfind("| row |", 0) != 0) rows.push_back(row_of(line));
  }
  return rows;
}

/// What is expected of the judgement and the plan.
std::string expected_of(const std::string& file) {
  const std::string text = slurp(kRoot / "tests" / "cases" / (file + ".case"));
  const std::size_t migration = std::min(text.find("\n=== sql"), text.find("\n=== yaml"));
  return migration == std::string::npos ? std::string() : text.substr(migration);
}

/// Whether a hazard or problem of that kind begins a line.
bool shows(const std::string& expected, const std::string& verdict) {
  return std::regex_search(expected, std::regex("\n" + verdict + " [a-z-]+"));
}

}  // namespace

TEST_CASE("every hazard of docs/catalogue.md has its verdict, and what proves it") {
  const std::vector<Row> all = rows();
  // As many as were collected; who adds one adds it here.
  CHECK(all.size() == 221);
  const std::set<std::string> names = names_of_test_cases();
  std::set<std::string> ids;
  for (const Row& row : all) {
    INFO(row.id);
    CHECK(ids.insert(row.id).second);
    CHECK((!row.cases.empty() || !row.tests.empty()));
    for (const std::string& name : row.tests) {
      INFO(name);
      CHECK(names.count(name) == 1);
    }
    std::string expected;
    for (const std::string& file : row.cases) {
      INFO(file);
      CHECK(fs::exists(kRoot / "tests" / "cases" / (file + ".case")));
      expected += expected_of(file);
    }
    const std::set<std::string> known{"expanded", "instant", "refused",    "allowed", "executor",
                                      "steps",    "style",   "unreadable", "nothing"};
    const std::set<std::string> words = found(row.verdict, "([a-z]+)");
    CHECK(std::any_of(words.begin(), words.end(),
                      [&](const std::string& word) { return known.count(word) == 1; }));
    if (row.cases.empty()) continue;
    for (const char* verdict : {"expanded", "instant", "refused", "allowed"}) {
      INFO(verdict);
      if (words.count(verdict) == 1) CHECK(shows(expected, verdict));
    }
  }
}

}  // namespace lockstep::test
