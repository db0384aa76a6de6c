#include <algorithm>
#include <cctype>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/plan/plan.h"
#include "random_plan.h"
#include "tests/support/catch.h"

using namespace lockstep::plan;
using lockstep::core::Problem;
using lockstep::core::Problems;
using lockstep::test::random_plan;

namespace {

Problems problems_of(std::string_view text) {
  const auto result = from_json(text, "x.plan.json");
  const auto* problems = std::get_if<Problems>(&result);
  return problems == nullptr ? Problems() : *problems;
}

bool has_every_object(const Cohort& cohort) {
  const auto& transaction = cohort.steps.at(0);
  return !std::get<BackfillBody>(cohort.steps.at(2).body).assignments.empty() &&
         !std::get<TransactionBody>(transaction.body).lock_first.empty() &&
         !transaction.locks.empty() && !transaction.touches.empty() && transaction.direct &&
         !transaction.direct->locks.empty();
}

/// A small plan in which every object of the format stands at least once.
const Plan& full_plan() {
  static const Plan kPlan = [] {
    for (std::uint32_t seed = 0;; ++seed) {
      auto plan = random_plan(seed);
      const bool has_lock = !plan.hazards.empty() && plan.hazards[0].lock;
      if (!has_lock || plan.migrations.empty() || plan.cohorts.empty() ||
          !has_every_object(plan.cohorts[0])) {
        continue;
      }
      plan.hazards.resize(1);
      plan.cohorts.resize(1);
      seal(plan);
      return plan;
    }
  }();
  return kPlan;
}

struct Line {
  std::size_t number = 0;  ///< from 1
  std::size_t begin = 0;   ///< offset of its first byte
  std::string text;
};

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream stream(text);
  std::size_t begin = 0;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back({lines.size() + 1, begin, line});
    begin += line.size() + 1;
  }
  return lines;
}

/// The name of the member that a line of the canonical form begins with, if it does.
std::string key_of(const std::string& line) {
  const auto quote = line.find('"');
  const auto end = line.find(R"(": )");
  if (quote == std::string::npos || end == std::string::npos ||
      line.find_first_not_of(' ') != quote) {
    return {};
  }
  auto key = line.substr(quote + 1, end - quote - 1);
  const bool is_key =
      std::all_of(key.begin(), key.end(), [](char c) { return std::islower(c) != 0 || c == '_'; });
  return is_key ? key : std::string();
}

bool has_problem(const Problems& problems, std::size_t line, std::string_view message) {
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    return problem.where.line == line && problem.message.find(message) != std::string::npos;
  });
}

void check_only(std::string_view text, const std::string& message) {
  INFO(text.substr(0, 200));
  const auto problems = problems_of(text);
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems.front().message, Catch::Matchers::ContainsSubstring(message));
  CHECK(problems.front().where.file == "x.plan.json");
}

/// The text with the first occurrence of `part` replaced.
std::string replaced(std::string text, std::string_view part, std::string_view replacement) {
  const auto at = text.find(part);
  INFO(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), replacement);
}

std::string with(std::string_view part, std::string_view replacement) {
  return replaced(to_json(full_plan()), part, replacement);
}

/// A plan of one step with nothing but that body.
std::string with_body(StepBody body) {
  Step step;
  step.body = std::move(body);
  Plan plan;
  plan.cohorts.emplace_back();
  plan.cohorts[0].steps.push_back(std::move(step));
  seal(plan);
  return to_json(plan);
}

}  // namespace

TEST_CASE("a key of another name is missing under the one and unknown under the other") {
  const auto text = to_json(full_plan());
  std::size_t keys = 0;
  for (const auto& line : lines_of(text)) {
    const auto key = key_of(line.text);
    if (key.empty()) continue;
    ++keys;
    auto changed = text;
    changed.insert(line.begin + line.text.find('"') + 1, "x");
    INFO(line.number << ": " << line.text);
    const auto problems = problems_of(changed);
    if (key == "format") {
      REQUIRE(problems.size() == 1);
      continue;
    }
    REQUIRE(has_problem(problems, line.number, "x" + key + " is not known"));
    // What older versions do not write, or write only where there is something to say.
    if (key == "refused" || key == "half_way" || key == "alone" || key == "estimate" ||
        key == "keeps" || key == "restore") {
      continue;
    }
    REQUIRE(std::any_of(problems.begin(), problems.end(), [&key](const Problem& problem) {
      return problem.message.ends_with(key + " is missing");
    }));
  }
  CHECK(keys > 200);
}

TEST_CASE("a value of another type is a problem at its line") {
  const auto text = to_json(full_plan());
  std::size_t values = 0;
  for (const auto& line : lines_of(text)) {
    const auto key = key_of(line.text);
    const auto last = line.text.find_last_not_of(',');
    if (key.empty() || line.text[last] == '{' || line.text[last] == '[') continue;
    ++values;
    const auto value = line.text.find(R"(": )") + 3;
    // No value of the format may be a list of lists.
    auto changed = text;
    changed.replace(line.begin + value, last + 1 - value, "[[1]]");
    INFO(line.number << ": " << line.text);
    REQUIRE(has_problem(problems_of(changed), line.number, key));
  }
  CHECK(values > 100);
}

TEST_CASE("a file cut short anywhere is no plan") {
  const auto text = to_json(full_plan());
  const auto step = std::max<std::size_t>(1, text.size() / 500);
  for (std::size_t size = 0; size + 2 <= text.size(); size += step) {
    INFO(size);
    const auto problems = problems_of(std::string_view(text).substr(0, size));
    REQUIRE(problems.size() == 1);
    REQUIRE_THAT(problems[0].message, Catch::Matchers::ContainsSubstring("stops being a plan"));
  }
  // Only the final newline is gone.
  CHECK(problems_of(std::string_view(text).substr(0, text.size() - 1)).empty());
}

TEST_CASE("a syntax error is shown where it stands") {
  const auto problems = problems_of("{\n  \"format\": \"lockstep.plan/1\",\n  \"id\" 7\n}");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].where == lockstep::core::SourceLocation{"x.plan.json", 3, 8});
}

TEST_CASE("what is another document altogether is one problem") {
  check_only("", "stops being a plan");
  check_only("null", "is no object");
  check_only("[]", "is no object");
  check_only("{}", "format is missing");
  check_only(R"({"format": 1})", "format is no string");
  check_only(R"({"format": "lockstep.status/1", "more": 1})",
             R"(format is "lockstep.status/1", not "lockstep.plan/1")");
  check_only(R"({"format": "lockstep.plan/2"})", R"(not "lockstep.plan/1")");
  check_only(R"({"format": 1e999})", "stops being a plan");
  check_only("{\"format\": \"\xff\"}", "stops being a plan");
  check_only(std::string(100'000, '['), "stops being a plan");
}

TEST_CASE("a key that comes twice is a problem") {
  check_only(with(R"(  "lockstep_version")", "  \"id\": \"0\",\n  \"lockstep_version\""),
             R"(has the key "id" twice)");
}

TEST_CASE("an edited file is refused by its id") {
  const auto changed = with(R"("rewrite": false)", R"("rewrite": true)");
  const auto problems = problems_of(changed);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].where.line == 3);
  CHECK_THAT(problems[0].message, Catch::Matchers::ContainsSubstring("was changed after"));
  CHECK_THAT(problems[0].remedy, Catch::Matchers::ContainsSubstring("lockstep plan --out"));
}

TEST_CASE("a word that is none of the expected ones is shown with them") {
  check_only(with(R"("kind": "gate")", R"("kind": "pause")"),
             R"(kind is "pause", which is no kind of step)");
  const auto problems = problems_of(with(R"("phase": "expand")", R"("phase": "later")"));
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0].message, Catch::Matchers::ContainsSubstring(
                                      R"(phase is "later", expected one of: expand, contract)"));
}

TEST_CASE("a step has what its kind has and nothing else") {
  const auto gate = with_body(GateBody{"wait for the deploy", "SELECT true"});
  check_only(replaced(gate, R"("sql": [])", R"("sql": ["DROP TABLE t"])"),
             R"(sql has no place in a step of the kind "gate")");
  check_only(replaced(gate, R"("lock_first": [])",
                      R"("lock_first": [{"relation": "t", "mode": "ShareLock"}])"),
             R"(lock_first has no place in a step of the kind "gate")");
  check_only(replaced(gate, R"("long_running": false)", R"("long_running": true)"),
             R"(long_running has no place in a step of the kind "gate")");
  check_only(replaced(gate, R"("alone": false)", R"("alone": true)"),
             R"(alone has no place in a step of the kind "gate")");
  check_only(replaced(gate, R"("backfill": null)", R"("backfill": {})"),
             R"(backfill has no place in a step of the kind "gate")");
  check_only(replaced(gate, R"("expect": null)", R"("expect": {})"),
             R"(expect has no place in a step of the kind "gate")");
  check_only(replaced(gate, R"("concurrent": null)", R"("concurrent": {})"),
             R"(concurrent has no place in a step of the kind "gate")");
  check_only(replaced(with_body(TransactionBody{}), R"("gate": null)", R"("gate": {})"),
             R"(gate has no place in a step of the kind "transaction")");
}

TEST_CASE("a step lacks nothing that its kind needs") {
  const auto check = with_body(CheckBody{"SELECT id FROM t", "t has rows", "", "23502"});
  check_only(replaced(check, R"("SELECT id FROM t")", ""),
             R"(sql needs exactly one statement in a step of the kind "check")");
  check_only(replaced(check, R"("SELECT id FROM t")", R"("SELECT 1", "SELECT 2")"),
             R"(sql needs exactly one statement in a step of the kind "check")");
  const auto begin = check.find("{\n", check.find(R"("expect": )"));
  const auto expectation = check.substr(begin, check.find('}', begin) + 1 - begin);
  check_only(replaced(check, expectation, "null"),
             R"(expect is needed in a step of the kind "check")");
}

TEST_CASE("what a hazard repeats for readers of JSON must agree") {
  Plan plan;
  plan.hazards.emplace_back();
  seal(plan);
  const auto text = to_json(plan);
  check_only(replaced(text, R"("warning")", R"("info")"), "severity does not follow");
  check_only(replaced(text, R"("blocks": [])", R"("blocks": ["reads"])"), "blocks does not follow");
}

TEST_CASE("a name that display does not print is no name") {
  const auto text = with_body(BackfillBody{.table = {"billing", "plans"}});
  for (const auto* name : {"a.b.c", R"(\"plans)", "${schema}.plans", R"(\"\".billing.plans)"}) {
    check_only(replaced(text, R"("billing.plans")", R"(")" + std::string(name) + R"(")"),
               "table is no name of a relation");
  }
}

TEST_CASE("a number that does not fit is no number") {
  for (const auto* number : {"2147483648", "-2147483649", "1.5", "18446744073709551616"}) {
    check_only(with(R"("server_version": )" + std::to_string(full_plan().database.server_version),
                    R"("server_version": )" + std::string(number)),
               "server_version is no number that fits here");
  }
}

TEST_CASE("all problems of a file are found in one run") {
  auto text = to_json(full_plan());
  text = replaced(text, R"("lockstep_version")", R"("version")");
  text = replaced(text, R"("checksum")", R"("sum")");
  text = replaced(text, R"("rewrite": false)", R"("rewrite": 0)");
  CHECK(problems_of(text).size() == 5);
}
