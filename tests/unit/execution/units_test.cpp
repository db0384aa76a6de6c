#include "units.h"

#include "tests/integration/executor/hand_made_steps.h"
#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

using test::backfill;
using test::create;
using test::ddl;

std::vector<StepItem> items_of(const std::vector<plan::Step>& steps) {
  std::vector<StepItem> items;
  for (const plan::Step& step : steps) {
    items.push_back({&step, static_cast<int>(items.size()) + 1, 0, database::StepState::kRunning});
  }
  return items;
}

/// "merged 2, single 1": how the steps are cut into units.
std::string cut(const std::vector<plan::Step>& steps, const Declined& declined = {},
                const ExecutionOptions& options = {}) {
  std::vector<StepItem> items = items_of(steps);
  std::string text;
  for (std::size_t begin = 0; begin < items.size();) {
    const Unit unit = next_unit(items, begin, declined, options);
    const char* how = unit.how == Unit::How::kMerged   ? "merged"
                      : unit.how == Unit::How::kAcross ? "across"
                      : unit.how == Unit::How::kDirect ? "direct"
                                                       : "single";
    text += (text.empty() ? "" : ", ") + std::string(how) + " " + std::to_string(unit.items.size());
    begin += unit.items.size();
  }
  return text;
}

plan::Step on(int ordinal, const std::string& table) {
  return ddl("0001", ordinal, table, "alter");
}

TEST_CASE("instant neighbours on the same relation share a transaction") {
  CHECK(cut({on(1, "users"), on(2, "users"), on(3, "users")}) == "merged 3");
  CHECK(cut({on(1, "users"), on(2, "orders"), on(3, "orders")}) == "single 1, merged 2");
  CHECK(cut({on(1, "users"), create("0001", 2, "create type"), on(3, "users")}) == "merged 3");
}

TEST_CASE("a step may not lock what an earlier step of the run only creates") {
  CHECK(cut({create("0001", 1, "create table"), on(2, "new")}) == "single 1, single 1");
}

/// The same, saying what it touches.
plan::Step told(plan::Step step, const std::string& table,
                plan::Touch::How how = plan::Touch::How::kChanges) {
  step.touches = {{how, "relation", test::in_tenant(table), ""}};
  return step;
}

plan::Step told(int ordinal, const std::string& table) {
  return told(on(ordinal, table), table);
}

TEST_CASE("instant neighbours on several relations share a transaction that locks all of them") {
  CHECK(cut({told(1, "users"), told(2, "orders"), told(3, "users")}) == "across 3");
  CHECK(cut({told(1, "users"), told(2, "users")}) == "merged 2");

  SECTION("but not one that an earlier step creates") {
    const plan::Step creates =
        told(create("0001", 1, "create table"), "new", plan::Touch::How::kCreates);
    CHECK(cut({creates, told(2, "new")}) == "single 1, single 1");
    CHECK(cut({creates, told(2, "users"), told(3, "new")}) == "across 2, single 1");
  }
  SECTION("nor one outside the tenant") {
    plan::Step shared = told(2, "orders");
    shared.locks.push_back({{"public", "plans"}, catalog::LockMode::kShareRowExclusive});
    CHECK(cut({told(1, "users"), shared, told(3, "orders")}) == "single 1, merged 2");
  }
  SECTION("nor after a step that does not say what it touches") {
    CHECK(cut({on(1, "users"), told(2, "orders")}) == "single 1, single 1");
  }
  SECTION("nor after that was tried in vain") {
    Declined declined;
    declined.across = {"0001.1"};
    CHECK(cut({told(1, "users"), told(2, "users"), told(3, "orders")}, declined) ==
          "merged 2, single 1");
  }
}

TEST_CASE("steps that take long stand alone") {
  plan::Step scans = on(2, "users");
  scans.scan = true;
  plan::Step rewrites = on(2, "users");
  rewrites.rewrite = true;
  plan::Step validates = on(2, "users");
  std::get<plan::TransactionBody>(validates.body).long_running = true;
  for (const plan::Step& step :
       {scans, rewrites, validates, backfill("0001", 2, "users", "a", "1", "")}) {
    CHECK(cut({on(1, "users"), step, on(3, "users")}) == "single 1, single 1, single 1");
  }
}

TEST_CASE("what its operation wants alone shares no transaction") {
  plan::Step opaque = create("0001", 2, "run a function");  // locks nothing that anybody knows of
  std::get<plan::TransactionBody>(opaque.body).alone = true;
  plan::Step copies = told(2, "users");
  std::get<plan::TransactionBody>(copies.body).alone = true;
  for (const plan::Step& step : {opaque, copies}) {
    CHECK(cut({told(1, "users"), step, told(3, "users")}) == "single 1, single 1, single 1");
    CHECK(cut({step, told(3, "users"), told(4, "users")}) == "single 1, merged 2");
  }
}

TEST_CASE("what did not work together is done one by one") {
  Declined declined;
  declined.merged = {"0001.1", "0001.2"};
  CHECK(cut({on(1, "users"), on(2, "users")}, declined) == "single 1, single 1");
}

TEST_CASE("the plain statement stands for its steps while none of them has begun") {
  std::vector<plan::Step> steps = {on(1, "users"), backfill("0001", 2, "users", "a", "1", ""),
                                   on(3, "users")};
  steps[0].direct = plan::Direct{{"alter"}, {}, {}, {"0001.1", "0001.2"}, test::in_tenant("users")};
  CHECK(cut(steps) == "direct 2, single 1");

  SECTION("not after it was declined") {
    Declined declined;
    declined.direct = {"0001.1"};
    CHECK(cut(steps, declined) == "single 1, single 1, single 1");
  }
  SECTION("not where the operator forbids it") {
    ExecutionOptions options;
    options.locks.direct_below = 0;
    CHECK(cut(steps, {}, options) == "single 1, single 1, single 1");
  }
  SECTION("not once a step of the run has begun") {
    std::vector<StepItem> items = items_of(steps);
    items[1].attempt = 1;
    CHECK(next_unit(items, 0, {}, {}).how == Unit::How::kSingle);
  }
  SECTION("not across phases, nor over steps that are not there") {
    steps[1].phase = core::Phase::kContract;
    CHECK(cut(steps) == "single 1, single 1, single 1");
    steps.pop_back();
    steps.pop_back();
    CHECK(cut(steps) == "single 1");
  }
}

}  // namespace
}  // namespace lockstep::execution
