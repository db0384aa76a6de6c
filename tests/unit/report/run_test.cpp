#include <nlohmann/json.hpp>

#include "lockstep/report/apply.h"
#include "tests/support/catch.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

fleet::ApplyResult failed() {
  fleet::ApplyResult result;
  result.run = 7;
  result.outcome = fleet::ApplyOutcome::kFailed;
  result.tenants = {5, 2, 1, 0, 0, 1, 1};
  result.steps = {12, 3};
  result.failures = {{"acme",
                      "0007.2",
                      execution::TenantOutcome::kFailed,
                      {"23505", "duplicate key", "remove one", "CREATE UNIQUE INDEX"}}};
  result.vanished = {"ghost"};
  result.longest_lock_wait = 38ms;
  result.duration = 4100ms;
  return result;
}

}  // namespace

TEST_CASE("a failed run names tenant, step, reason and what to do") {
  CHECK(report::apply_text(failed(), {"expand is finished", {"Again:  lockstep apply"}}, {}) ==
        "Failed in 1 tenant: expand is finished in 2 of 5 tenants, 12 steps in 4.1 s, longest wait "
        "for a lock at most 38 ms.\n"
        "acme failed at 0007.2: duplicate key (SQLSTATE 23505)\n"
        "  remove one\n"
        "1 tenant was not started.\n"
        "Skipped, there is no such schema: ghost.\n"
        "Again:  lockstep apply\n");
}

TEST_CASE("what is not permitted is told once for all tenants that lack it") {
  fleet::ApplyResult result;
  result.outcome = fleet::ApplyOutcome::kFailed;
  result.preflight = {{"", "", "database d", "role r may not create schema l", "GRANT d"},
                      {"a", "1.1", "table users", "role r owns nothing", "GRANT a"},
                      {"b", "1.1", "table users", "role r owns nothing", "GRANT b"},
                      {"b", "1.2", "table users", "role r owns nothing", "GRANT b"}};
  CHECK(report::apply_text(result, {"x", {"Again:  lockstep apply"}}, {}) ==
        "Not begun: no tenant was changed, 3 things are not permitted.\n"
        "the ledger: role r may not create schema l\n  GRANT d\n"
        "a, b, step 1.1: role r owns nothing\n"
        "  GRANT a; likewise in 1 more tenant (--verbose prints them)\n"
        "b, step 1.2: role r owns nothing\n  GRANT b\n"
        "Again:  lockstep apply\n");
}

TEST_CASE("an empty folder is not all that is applied") {
  const fleet::ApplyResult result;
  CHECK(report::apply_text(result, {"everything is applied", {}, "db/migrations"}, {}) ==
        "Nothing to do: db/migrations has no migrations yet. Write the first: lockstep new "
        "first_tables\n");
}

TEST_CASE("every outcome has its sentence") {
  fleet::ApplyResult result;
  result.tenants.total = 2;
  result.tenants.done = 2;
  CHECK(report::apply_text(result, {"everything is applied", {}}, {}) ==
        "Done: everything is applied in 2 of 2 tenants, nothing was left to do.\n");
  using fleet::ApplyOutcome;
  for (const auto outcome : {ApplyOutcome::kInterrupted, ApplyOutcome::kRefused,
                             ApplyOutcome::kStuck, ApplyOutcome::kBlocked, ApplyOutcome::kBusy,
                             ApplyOutcome::kPaused, ApplyOutcome::kWaiting}) {
    result.outcome = outcome;
    const std::string text = report::apply_text(result, {"x", {}}, {});
    CHECK(text.rfind("Done", 0) == std::string::npos);
    CHECK_THAT(text, ContainsSubstring(": x in 2 of 2 tenants.\n"));
  }
}

TEST_CASE("many failures are cut, JSON has them all") {
  fleet::ApplyResult result = failed();
  result.failures.resize(30, result.failures.front());
  for (std::size_t i = 0; i < result.failures.size(); ++i) {
    result.failures[i].step = "0007." + std::to_string(i + 1);
  }
  CHECK_THAT(report::apply_text(result, {"x", {}}, {}),
             ContainsSubstring("and 10 more; `lockstep status` lists them all."));
  CHECK(json::parse(report::apply_json(result)).at("failures").size() == 30);
}

TEST_CASE("what failed alike in many tenants is said once, with the first of them") {
  fleet::ApplyResult result = failed();
  result.failures.clear();
  for (int i = 1; i <= 7; ++i) {
    const std::string tenant = "t" + std::to_string(i);
    result.failures.push_back({tenant,
                               "0007.2",
                               execution::TenantOutcome::kFailed,
                               {"42501", "no right on " + tenant + ".users of t1_old",
                                "GRANT x ON " + tenant + ".users", ""}});
  }
  result.failures.push_back(failed().failures.front());
  const std::string text = report::apply_text(result, {"x", {}}, {});
  CHECK_THAT(text, ContainsSubstring("7 tenants failed at 0007.2: no right on ${schema}.users of "
                                     "t1_old (SQLSTATE 42501)\n"
                                     "  t1, t2, t3, t4, t5 and 2 more\n"
                                     "  GRANT x ON ${schema}.users\n"
                                     "acme failed at 0007.2: duplicate key"));
  report::Style all;
  all.verbose = true;
  CHECK_THAT(report::apply_text(result, {"x", {}}, all), ContainsSubstring("t5, t6, t7\n"));
  CHECK(json::parse(report::apply_json(result)).at("failures").size() == 8);
  CHECK(json::parse(report::apply_json(result)).at("failures")[6].at("message") ==
        "no right on t7.users of t1_old");
}

TEST_CASE("a run as JSON") {
  const json j = json::parse(report::apply_json(failed()));
  CHECK(j.at("format") == "lockstep.apply/1");
  CHECK(j.at("run") == 7);
  CHECK(j.at("outcome") == "failed");
  CHECK(j.at("tenants") == json{{"total", 5},
                                {"done", 2},
                                {"failed", 1},
                                {"blocked", 0},
                                {"busy", 0},
                                {"skipped", 1},
                                {"not_started", 1}});
  CHECK(j.at("steps") == json{{"done", 12}, {"retried", 3}});
  CHECK(j.at("failures").at(0).at("tenant") == "acme");
  CHECK(j.at("longest_lock_wait_ms") == 38);
  CHECK(j.at("duration_ms") == 4100);
}
