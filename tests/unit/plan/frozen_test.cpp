#include <cstddef>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "lockstep/core/error.h"
#include "lockstep/plan/plan.h"
#include "tests/support/catch.h"

using namespace lockstep::plan;
using lockstep::core::InvalidInput;
using lockstep::core::Problems;

namespace {

std::string frozen(const std::string& name) {
  std::ifstream file(std::string(LOCKSTEP_SOURCE_DIR) + "/tests/unit/plan/frozen/" + name,
                     std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::size_t> kinds_of(const std::vector<Step>& steps) {
  std::set<std::size_t> kinds;
  for (const Step& step : steps) kinds.insert(step.body.index());
  return kinds;
}

const Step& step(const std::vector<Step>& steps, const std::string& id) {
  for (const Step& each : steps) {
    if (each.id == id) return each;
  }
  FAIL("no step " << id);
  return steps.front();
}

}  // namespace

TEST_CASE("a step list that an earlier version stored stays readable") {
  const std::vector<Step> steps = steps_from_json(frozen("steps-1.json"));
  REQUIRE(steps.size() == 9);
  CHECK(kinds_of(steps).size() == std::variant_size_v<StepBody>);
  const auto& added = std::get<TransactionBody>(step(steps, "0008.2").body);
  CHECK(added.sql == std::vector<std::string>{"ALTER TYPE mood ADD VALUE 'glad'"});
  CHECK(added.long_running);
  CHECK_FALSE(added.alone);  // there was no such key
  const auto& update = std::get<BackfillBody>(step(steps, "0007.2").body);
  CHECK(update.remaining == "(phone IS NULL) AND ((lower(email)) IS NOT NULL)");
  CHECK(step(steps, "0007.2").direct.has_value());
  CHECK(step(steps, "0007.2").estimate.rows == 1'200'000);
  CHECK(steps_from_json(steps_to_json(steps)).size() == steps.size());
}

TEST_CASE("a plan that an earlier version saved stays readable, and is held to its id") {
  const std::string text = frozen("plan-1.plan.json");
  const auto result = from_json(text, "plan-1.plan.json");
  if (const auto* problems = std::get_if<Problems>(&result)) FAIL(to_string(problems->front()));
  const auto& plan = std::get<Plan>(result);
  REQUIRE(plan.cohorts.size() == 2);
  CHECK(plan.cohorts[1].steps == steps_from_json(frozen("steps-1.json")));
  CHECK(plan.refused.size() == 1);

  std::string edited = text;
  edited.replace(edited.find("ADD VALUE 'glad'"), 16, "ADD VALUE 'evil'");
  CHECK(std::holds_alternative<Problems>(from_json(edited, "plan-1.plan.json")));
}

TEST_CASE("a step list that says more than this version knows is not run without it") {
  std::string newer = frozen("steps-1.json");
  newer.insert(newer.find(R"("irreversible")"), R"("reversed":true,)");
  try {
    steps_from_json(newer);
    FAIL("it was read");
  } catch (const InvalidInput& error) {
    CHECK_THAT(to_string(error.problems().front()),
               Catch::Matchers::ContainsSubstring("reversed is not known") &&
                   Catch::Matchers::ContainsSubstring("A newer Lockstep stored these steps"));
  }
}
