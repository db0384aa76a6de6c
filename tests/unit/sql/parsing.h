#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/sql/parse.h"
#include "tests/support/catch.h"

/// The statements of a text that has nothing wrong with it.
inline std::vector<lockstep::sql::Statement> parse_all(std::string_view text) {
  auto file = lockstep::sql::parse(text, {"f.sql", false});
  for (const auto& problem : file.problems) {
    FAIL_CHECK(to_string(problem));
  }
  return std::move(file.statements);
}

/// The one statement of a text, which is of kind T.
template <class T>
T parse_one(std::string_view text) {
  auto statements = parse_all(text);
  REQUIRE(statements.size() == 1);
  REQUIRE(std::holds_alternative<T>(statements.front().body));
  return std::get<T>(std::move(statements.front().body));
}

/// What is wrong with a text, one "f.sql:line:column: message" each.
inline std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> result;
  for (auto problem : lockstep::sql::parse(text, {"f.sql", false}).problems) {
    problem.remedy.clear();
    result.push_back(to_string(problem));
  }
  return result;
}
