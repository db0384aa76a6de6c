#include <clocale>
#include <cmath>
#include <limits>
#include <locale>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/core/error.h"
#include "lockstep/core/sha256.h"
#include "lockstep/plan/plan.h"
#include "random_plan.h"
#include "tests/support/catch.h"

using namespace lockstep::plan;
using lockstep::catalog::LockMode;
using lockstep::core::InvalidInput;
using lockstep::core::kTenantSchema;
using lockstep::core::Problems;
using lockstep::core::sha256_hex;
using lockstep::test::random_plan;

namespace {

constexpr int kPlans = 100;

Plan read(const std::string& text) {
  auto result = from_json(text, "some.plan.json");
  if (const auto* problems = std::get_if<Problems>(&result)) {
    FAIL(to_string(problems->front()));
  }
  return std::get<Plan>(std::move(result));
}

Plan small_plan() {
  Plan plan;
  plan.lockstep_version = "0.1.0";
  plan.database = {"app", "7412345678901234567", 150018};
  plan.migrations = {{"0007", "require_phone", "migrations/0007_require_phone.sql",
                      lockstep::core::Scope::kTenant, sha256_hex("")}};
  const lockstep::core::QualifiedName users{std::string(kTenantSchema), "users"};
  Hazard hazard;
  hazard.id = "set-not-null-scan";
  hazard.migration = "0007";
  hazard.operation = "set_not_null";
  hazard.statement = "ALTER TABLE users ALTER phone SET NOT NULL";
  hazard.where = {"migrations/0007_require_phone.sql", 1, 19};
  hazard.lock = {users, LockMode::kAccessExclusive};
  hazard.scan = true;
  hazard.effect = "reads all of users while nobody can read or write it";
  plan.hazards = {hazard};
  Step step;
  step.id = "0007.1";
  step.migration = "0007";
  step.operation = "set_not_null";
  step.phase = lockstep::core::Phase::kContract;
  step.title = "set not null";
  step.body = TransactionBody{{"ALTER TABLE ${schema}.users ALTER phone SET NOT NULL"},
                              {{users, LockMode::kAccessExclusive}},
                              false};
  step.locks = {{users, LockMode::kAccessExclusive}};
  step.undo = {
      UndoGives::kExact, {"ALTER TABLE ${schema}.users ALTER phone DROP NOT NULL"}, false, ""};
  step.estimate = {1200000, 0.25};
  plan.cohorts = {
      {.id = "A", .fingerprint = "f00", .tenants = {"acme", "globex"}, .steps = {step}}};
  seal(plan);
  return plan;
}

/// The plan with its id left out, as `jq 'del(.id, .cohorts[].steps[].estimate)'` prints it.
constexpr std::string_view kWithoutIdAndEstimates = R"json({
  "format": "lockstep.plan/1",
  "lockstep_version": "0.1.0",
  "database": {
    "name": "app",
    "system_identifier": "7412345678901234567",
    "server_version": 150018
  },
  "migrations": [
    {
      "version": "0007",
      "name": "require_phone",
      "file": "migrations/0007_require_phone.sql",
      "scope": "tenant",
      "checksum": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    }
  ],
  "hazards": [
    {
      "id": "set-not-null-scan",
      "severity": "warning",
      "migration": "0007",
      "file": "migrations/0007_require_phone.sql",
      "line": 1,
      "column": 19,
      "statement": "ALTER TABLE users ALTER phone SET NOT NULL",
      "operation": "set_not_null",
      "lock": {
        "relation": "users",
        "mode": "AccessExclusiveLock"
      },
      "rewrite": false,
      "scan": true,
      "blocks": [
        "reads",
        "writes"
      ],
      "verdict": "expanded",
      "effect": "reads all of users while nobody can read or write it",
      "remedy": "",
      "reason": ""
    }
  ],
  "cohorts": [
    {
      "id": "A",
      "scope": "tenant",
      "fingerprint": "f00",
      "tenants": [
        "acme",
        "globex"
      ],
      "differs": [],
      "steps": [
        {
          "id": "0007.1",
          "migration": "0007",
          "operation": "set_not_null",
          "phase": "contract",
          "kind": "transaction",
          "title": "set not null",
          "sql": [
            "ALTER TABLE ${schema}.users ALTER phone SET NOT NULL"
          ],
          "lock_first": [
            {
              "relation": "users",
              "mode": "AccessExclusiveLock"
            }
          ],
          "long_running": false,
          "alone": false,
          "locks": [
            {
              "relation": "users",
              "mode": "AccessExclusiveLock"
            }
          ],
          "rewrite": false,
          "scan": false,
          "direct": null,
          "concurrent": null,
          "backfill": null,
          "expect": null,
          "gate": null,
          "done_when": "",
          "cleanup": [],
          "undo": [
            "ALTER TABLE ${schema}.users ALTER phone DROP NOT NULL"
          ],
          "undo_gives": "exact",
          "undo_concurrent": false,
          "undo_loses": "",
          "irreversible": false,
          "touches": [],
          "note": ""
        }
      ]
    }
  ]
}
)json";

std::vector<Step> without_estimates(std::vector<Step> steps) {
  for (auto& step : steps) step.estimate = {};
  return steps;
}

void insert_before(std::string& text, std::string_view mark, std::string_view addition) {
  const auto at = text.find(mark);
  REQUIRE(at != std::string::npos);
  text.insert(at, addition);
}

}  // namespace

TEST_CASE("the canonical form has every key in its place") {
  auto expected = std::string(kWithoutIdAndEstimates);
  const auto plan = small_plan();
  insert_before(expected, R"(  "lockstep_version")", R"(  "id": ")" + plan.id + "\",\n");
  const auto note = std::string(R"("note": "")");
  expected.replace(expected.find(note), note.size(),
                   note +
                       ",\n          \"estimate\": {\n            \"rows\": 1200000.0,\n"
                       "            \"seconds\": 0.25\n          }");
  CHECK(to_json(plan) == expected);
}

TEST_CASE("an id is the SHA-256 of the canonical form without id and estimates") {
  CHECK(small_plan().id == sha256_hex(kWithoutIdAndEstimates));
}

TEST_CASE("every plan reads back as it was written") {
  for (std::uint32_t seed = 0; seed < kPlans; ++seed) {
    const auto plan = random_plan(seed);
    const auto text = to_json(plan);
    INFO("seed " << seed << "\n" << text);
    REQUIRE(read(text) == plan);
    REQUIRE(to_json(read(text)) == text);
  }
}

TEST_CASE("an empty plan reads back") {
  Plan plan;
  seal(plan);
  CHECK(read(to_json(plan)) == plan);
}

TEST_CASE("estimates do not count for the id, the rest does") {
  const auto plan = small_plan();
  auto other = plan;
  other.id = "anything";
  other.cohorts[0].steps[0].estimate = {1, 2};
  seal(other);
  CHECK(other.id == plan.id);

  const auto changes_id = [&plan](auto change) {
    auto changed = plan;
    change(changed);
    seal(changed);
    return changed.id != plan.id;
  };
  CHECK(changes_id([](Plan& p) { p.lockstep_version = "0.1.1"; }));
  CHECK(changes_id([](Plan& p) { p.cohorts[0].tenants.pop_back(); }));
  CHECK(changes_id([](Plan& p) { p.cohorts[0].steps[0].note = "x"; }));
  CHECK(changes_id([](Plan& p) { p.cohorts[0].steps[0].undo.gives = UndoGives::kNone; }));
  CHECK(changes_id([](Plan& p) { p.hazards.clear(); }));
  CHECK(changes_id([](Plan& p) { std::swap(p.migrations[0].name, p.migrations[0].version); }));
}

TEST_CASE("changed estimates leave a file valid") {
  auto text = to_json(small_plan());
  text.replace(text.find("1200000.0"), 9, "7");
  CHECK(read(text).cohorts[0].steps[0].estimate.rows == 7);
}

TEST_CASE("white space of another editor leaves a file valid") {
  auto text = "\xEF\xBB\xBF" + to_json(small_plan());
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\r\n");
  }
  CHECK(read(text) == small_plan());
}

TEST_CASE("the bytes do not depend on the locale") {
  class Commas : public std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const auto plan = small_plan();
  const auto before = to_json(plan);
  const auto old = std::locale::global(std::locale(std::locale::classic(), new Commas));
  const auto during = to_json(plan);
  const auto read_back = read(during);
  std::locale::global(old);
  CHECK(during == before);
  CHECK(read_back == plan);
}

TEST_CASE("what JSON cannot hold is a broken promise of our own code") {
  auto plan = small_plan();
  plan.cohorts[0].steps[0].title = "\xff";
  CHECK_THROWS_AS(to_json(plan), std::logic_error);
  CHECK_THROWS_AS(seal(plan), std::logic_error);

  plan = small_plan();
  plan.cohorts[0].steps[0].estimate.rows = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(to_json(plan), std::logic_error);
  plan.cohorts[0].steps[0].estimate.rows = std::nan("");
  CHECK_THROWS_AS(to_json(plan), std::logic_error);
}

TEST_CASE("a step list reads back, on one line") {
  for (std::uint32_t seed = 0; seed < kPlans; ++seed) {
    for (const auto& cohort : random_plan(seed).cohorts) {
      const auto text = steps_to_json(cohort.steps);
      REQUIRE(text.find('\n') == std::string::npos);
      REQUIRE(steps_from_json(text) == without_estimates(cohort.steps));
    }
  }
  CHECK(steps_from_json(steps_to_json({})).empty());
}

TEST_CASE("equal steps are one stored list, whatever was estimated on the day") {
  auto steps = small_plan().cohorts[0].steps;
  const auto before = steps_to_json(steps);
  steps[0].estimate = {7, 8};
  CHECK(steps_to_json(steps) == before);
  steps[0].note = "x";
  CHECK(steps_to_json(steps) != before);
}

TEST_CASE("a broken step list is invalid input") {
  const auto text = steps_to_json(small_plan().cohorts[0].steps);
  CHECK_THROWS_AS(steps_from_json(text.substr(0, text.size() - 1)), InvalidInput);
  CHECK_THROWS_AS(steps_from_json("[]"), InvalidInput);
  CHECK_THROWS_AS(steps_from_json(to_json(small_plan())), InvalidInput);
  auto unknown = text;
  unknown.insert(unknown.find(R"("steps")"), R"("more":1,)");
  CHECK_THROWS_AS(steps_from_json(unknown), InvalidInput);
}

TEST_CASE("hazards alone are the array of the plan") {
  const auto plan = small_plan();
  const auto whole = to_json(plan);
  std::string indented;
  for (const char c : hazards_to_json(plan.hazards)) {
    indented += c;
    if (c == '\n') indented += "  ";
  }
  CHECK(whole.find(R"("hazards": )" + indented) != std::string::npos);
  CHECK(hazards_to_json({}) == "[]");
}
