#include "lockstep/report/rollback.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

plan::Step step(const std::string& id, const std::string& title, plan::UndoGives gives,
                const std::string& loses) {
  plan::Step step;
  step.id = id;
  step.title = title;
  step.undo.gives = gives;
  step.undo.loses = loses;
  return step;
}

fleet::RollbackResult taken_back() {
  fleet::RollbackResult result;
  result.plan.tenants = 3;
  result.plan.groups = {
      {{"acme", "globex"},
       {{"0008", "index", {step("0008.1", "build index by_name", plan::UndoGives::kExact, "")}},
        {"0007",
         "phone",
         {step("0007.1", "add column phone", plan::UndoGives::kLosesNewData,
               "what was written to users.phone")}}}}};
  result.run.run = 9;
  result.run.tenants = {3, 3, 0, 0, 0, 0, 0};
  result.run.steps = {4, 1};
  result.run.longest_lock_wait = 38ms;
  result.run.duration = 4100ms;
  return result;
}

}  // namespace

TEST_CASE("a rollback says what it took back, and what did not come back") {
  CHECK(report::rollback_text(taken_back(), {"0006", {"Again:  lockstep apply"}}, {}) ==
        "Done: 0007, 0008 are taken back in 3 of 3 tenants, 4 steps in 4.1 s, longest wait for a "
        "lock at most 38 ms.\n"
        "What did not come back:\n"
        "  0007.1 (add column phone) loses what was written to users.phone\n"
        "Again:  lockstep apply\n");
}

TEST_CASE("before a rollback every step is shown, the last first") {
  const std::string text = report::rollback_plan_text(taken_back().plan, {});
  CHECK_THAT(text, ContainsSubstring("2 tenants: acme, globex\n  0008 index\n    0008.1"));
  CHECK(text.find("0008.1") < text.find("0007.1"));
  CHECK_THAT(text, ContainsSubstring("undo loses new data"));
  CHECK_THAT(text, ContainsSubstring("Does not come back"));
}

TEST_CASE("before a rollback it is shown what each step's way back locks") {
  fleet::RollbackResult result = taken_back();
  plan::Step& renamed = result.plan.groups[0].migrations[0].steps[0];
  renamed.undo.sql = {"back"};
  renamed.locks = {{{"", "users"}, catalog::LockMode::kAccessExclusive}};
  renamed.undo.locks = {{{"", "people"}, catalog::LockMode::kAccessExclusive}};
  CHECK_THAT(report::rollback_plan_text(result.plan, {}),
             ContainsSubstring("AccessExclusive people"));
  const json printed = json::parse(report::rollback_json(result, {"0006", {}}));
  CHECK(printed["taken_back"][0]["migrations"][0]["steps"][0]["locks"] ==
        json::parse(R"([{"relation": "people", "mode": "AccessExclusiveLock"}])"));
}

TEST_CASE("a rollback that finds nothing says how to name more") {
  CHECK_THAT(report::rollback_text({}, {std::nullopt, {}}, {}), ContainsSubstring("--to VERSION"));
  CHECK_THAT(report::rollback_text({}, {"0006", {}}, {}),
             ContainsSubstring("nothing above 0006 stands"));
}

TEST_CASE("lockstep.rollback/1") {
  const json result = json::parse(report::rollback_json(taken_back(), {"0006", {}}));
  CHECK(result["format"] == "lockstep.rollback/1");
  CHECK(result["to"] == "0006");
  CHECK(result["run"] == 9);
  CHECK(result["outcome"] == "done");
  CHECK(result["tenants"]["done"] == 3);
  CHECK(result["taken_back"][0]["tenants"] == json({"acme", "globex"}));
  const json& migration = result["taken_back"][0]["migrations"][1];
  CHECK(migration["migration"] == "0007");
  CHECK(migration["steps"][0]["undo_gives"] == "loses-new-data");
  CHECK(result["shared_stays"] == false);
  CHECK(json::parse(report::rollback_json({}, {std::nullopt, {}}))["to"].is_null());
}
