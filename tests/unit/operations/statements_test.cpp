// No statement of PostgreSQL's grammar is left unjudged. The verdicts in docs/statements.md are
// what the program answers: UPDATE_CASES=1 writes them anew.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/operations/registry.h"
#include "lockstep/sql/kinds.h"
#include "lockstep/sql/parse.h"
#include "statement_kinds.h"
#include "tests/support/catch.h"

namespace lockstep::operations {

namespace {

const std::string kPage = std::string(LOCKSTEP_SOURCE_DIR) + "/docs/statements.md";

constexpr const char* kIntroduction = R"(# Statements

Each kind of statement that PostgreSQL's grammar has, and what Lockstep does with it: the [operation](operations/README.md) that plans it,
or the [hazard](hazards.md) that it is refused for, with the reason and what to write instead. A test asks the program for every line,
and fails where the grammar has a kind that is not here.

| statement | kind | verdict |
|---|---|---|
)";

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

/// What the program makes of one statement, in a schema of which nothing is known.
struct Answer {
  std::vector<std::string> operations;
  std::vector<plan::Hazard> refusals;
};

Answer answer_of(const std::string& text) {
  const sql::ParsedFile parsed = sql::parse(text, {"0001_statement.sql", false});
  INFO(text);
  REQUIRE(parsed.problems.empty());
  REQUIRE(parsed.statements.size() == 1);
  catalog::Catalog catalog;
  catalog.version.number = 150000;
  catalog.partial = true;
  Origin origin;
  origin.migration = "0001";
  core::Problems problems;
  const auto recognised = recognise(parsed.statements.front(), origin, problems);
  REQUIRE(problems.empty());
  REQUIRE_FALSE(recognised.empty());
  Answer answer;
  for (const OperationPtr& operation : recognised) {
    answer.operations.emplace_back(operation->name());
    for (plan::Hazard& hazard : operation->judge({catalog, &catalog, false}).hazards) {
      if (hazard.verdict == plan::Verdict::kRefused) answer.refusals.push_back(std::move(hazard));
    }
  }
  return answer;
}

/// "TRUNCATE: Deletes all rows" without the statement's name in front.
std::string effect_of(const plan::Hazard& hazard) {
  const std::size_t colon = hazard.effect.find(": ");
  const bool named = hazard.operation == "refused" && colon != std::string::npos;
  return named ? hazard.effect.substr(colon + 2) : hazard.effect;
}

bool is_known(const std::string& id) {
  const auto kinds = hazard_kinds();
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const HazardKind& kind) { return kind.id == id; });
}

bool is_allowable(const std::string& id) {
  const auto kinds = hazard_kinds();
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const HazardKind& kind) { return kind.id == id && kind.allowable; });
}

std::string verdict_of(const Answer& answer) {
  std::string verdict;
  if (answer.operations.front() != "refused") {
    verdict = fmt::format("[{0}](operations/{0}.md)", answer.operations.front());
  }
  for (const plan::Hazard& hazard : answer.refusals) {
    verdict += fmt::format("{}refused{} (`{}`): {} {}", verdict.empty() ? "" : "; ",
                           is_allowable(hazard.id) ? " unless allowed" : "", hazard.id,
                           effect_of(hazard), hazard.remedy);
  }
  return verdict;
}

std::string line_of(const std::string& statement) {
  return fmt::format("| `{}` | {} | {} |\n", escaped(statement),
                     fmt::join(sql::kinds_of(statement), ", "),
                     escaped(verdict_of(answer_of(statement))));
}

std::string page() {
  std::string text = kIntroduction;
  for (const StatementExample& example : statement_examples()) {
    text += example.heading.empty() ? line_of(example.sql)
                                    : fmt::format("| **{}** | | |\n", example.heading);
  }
  return text;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> all_kinds() {
  std::vector<std::string> kinds = sql::statement_kinds();
  const std::vector<std::string> actions = sql::alter_table_kinds();
  kinds.insert(kinds.end(), actions.begin(), actions.end());
  return kinds;
}

}  // namespace

TEST_CASE("Statements: each kind that the grammar has is judged") {
  std::set<std::string> judged;
  for (const StatementExample& example : statement_examples()) {
    if (!example.heading.empty()) continue;
    INFO(example.sql);
    const std::vector<std::string> kinds = sql::kinds_of(example.sql);
    CHECK_FALSE(kinds.empty());
    judged.insert(kinds.begin(), kinds.end());
    const Answer answer = answer_of(example.sql);
    for (const plan::Hazard& hazard : answer.refusals) {
      CHECK(hazard.id != "unknown-statement");
      CHECK(is_known(hazard.id));
      CHECK_FALSE(hazard.effect.empty());
      CHECK_FALSE(hazard.remedy.empty());
    }
    if (answer.operations.front() == "refused") {
      CHECK_FALSE(answer.refusals.empty());
    } else {
      CHECK(find_operation(answer.operations.front()) != nullptr);
    }
  }
  const std::map<std::string, std::string> others = kinds_without_statement();
  const std::vector<std::string> kinds = all_kinds();
  CHECK(kinds.size() > 150);
  for (const std::string& kind : kinds) {
    INFO(kind);
    CHECK(judged.count(kind) + others.count(kind) == 1);
  }
}

TEST_CASE("Statements: each kind of object that can be dropped has its own answer") {
  const std::set<std::string> expected{"ACCESS METHOD",
                                       "AGGREGATE",
                                       "CAST",
                                       "COLLATION",
                                       "CONVERSION",
                                       "DOMAIN",
                                       "EVENT TRIGGER",
                                       "EXTENSION",
                                       "FOREIGN DATA WRAPPER",
                                       "FOREIGN TABLE",
                                       "FUNCTION",
                                       "INDEX",
                                       "LANGUAGE",
                                       "MATERIALIZED VIEW",
                                       "OPERATOR",
                                       "OPERATOR CLASS",
                                       "OPERATOR FAMILY",
                                       "POLICY",
                                       "PROCEDURE",
                                       "PUBLICATION",
                                       "ROUTINE",
                                       "RULE",
                                       "SCHEMA",
                                       "SEQUENCE",
                                       "SERVER",
                                       "STATISTICS",
                                       "TABLE",
                                       "TEXT SEARCH CONFIGURATION",
                                       "TEXT SEARCH DICTIONARY",
                                       "TEXT SEARCH PARSER",
                                       "TEXT SEARCH TEMPLATE",
                                       "TRANSFORM",
                                       "TRIGGER",
                                       "TYPE",
                                       "VIEW"};
  std::set<std::string> dropped;
  for (const StatementExample& example : statement_examples()) {
    if (example.sql.rfind("DROP ", 0) != 0) continue;
    const sql::ParsedFile parsed = sql::parse(example.sql, {"0001_drop.sql", false});
    if (const auto* drop = std::get_if<sql::Drop>(&parsed.statements.front().body)) {
      dropped.insert(drop->object_type);
    }
  }
  CHECK(dropped == expected);
}

TEST_CASE("Statements: docs/statements.md holds what the program answers") {
  const std::string expected = page();
  const char* update = std::getenv("UPDATE_CASES");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(kPage, std::ios::binary) << expected;
    return;
  }
  CHECK(read(kPage) == expected);
}

}  // namespace lockstep::operations
