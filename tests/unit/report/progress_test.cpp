#include "lockstep/report/progress.h"

#include <nlohmann/json.hpp>

#include "live_state.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;
namespace event = execution::event;
using nlohmann::json;

namespace {

event::StepProgress progress(std::int64_t rows, std::int64_t batch) {
  return {"acme", "0007.2", rows, 1'000'000, batch, 100ms};
}

struct Captured {
  std::string text;
  report::Writer writer() {
    return [this](std::string_view more) { text += more; };
  }
};

}  // namespace

TEST_CASE("the display shows the whole, and each tenant in work with rate and estimate") {
  using TimePoint = report::LiveState::TimePoint;
  const TimePoint start{};
  report::LiveState state(start);
  CHECK(state.lines(start + 2s, 100, 8).at(0) == "looking at the tenants, 2 s");
  state.take(event::RunStarted{1, 4, 20}, start);
  state.take(event::WaveStarted{"rest", core::Phase::kExpand, 4}, start);
  state.take(event::TenantStarted{"acme", core::Phase::kExpand, 5}, start);
  for (int i = 0; i < 10; ++i) {
    state.take(event::StepDone{"beta", "0001.1", "x", database::Via::kStaged, 0, 1ms}, start);
  }
  state.take(
      event::TenantFinished{"beta", core::Phase::kExpand, execution::TenantOutcome::kDone, ""},
      start);
  state.take(event::TenantFinished{"", core::Phase::kExpand, execution::TenantOutcome::kDone, ""},
             start);
  state.take(event::StepStarted{"acme", "0007.2", "backfill phone", "backfill"}, start);
  state.take(progress(1000, 1000), start + 1s);
  state.take(progress(100'000, 1000), start + 10s);
  const auto lines = state.lines(start + 10s, 200, 8);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] ==
        "[============............] 10 of 20 steps, expand: 1 of 4 tenants, 10 s, about 1 min 30 s "
        "left");
  CHECK(lines[1] ==
        "  acme 0007.2 backfill phone, 100 k of 1 M rows, 10 k rows/s, about 1 min 30 s left");
  CHECK(state.lines(start + 10s, 20, 8).at(1) == "  acme 0007.2, 10...");
  CHECK(state.lines(start + 10s, 39, 8).at(1) == "  acme 0007.2, 100 k of 1 M rows, 10...");
}

TEST_CASE("a waiting tenant says for whom") {
  report::LiveState state({});
  state.take(event::RunStarted{1, 1, 2}, {});
  state.take(event::StepStarted{"acme", "0007.1", "add column", "transaction"}, {});
  execution::Blocker blocker;
  blocker.pid = 4711;
  blocker.application_name = "psql";
  state.take(event::StepWaiting{"acme", "0007.1", "lock", {blocker}, 100ms}, {});
  CHECK_THAT(state.lines({}, 200, 8).at(1), ContainsSubstring("waits: pid 4711"));
}

TEST_CASE("only so many tenants are shown") {
  report::LiveState state({});
  state.take(event::RunStarted{1, 30, 60}, {});
  for (int i = 10; i < 30; ++i) {
    state.take(event::TenantStarted{"t" + std::to_string(i), core::Phase::kExpand, 2}, {});
  }
  const auto lines = state.lines({}, 100, 8);
  CHECK(lines.size() == 10);
  CHECK(lines.back() == "  and 12 more at work");
}

TEST_CASE("the display redraws in place, keeps failures, and leaves nothing behind") {
  Captured out;
  test::FakeClock clock;
  {
    report::LiveOptions options;
    options.width = [] { return std::size_t{80}; };
    options.ticks = false;
    const auto display = report::live_display(out.writer(), clock, options);
    display->on(event::RunStarted{1, 1, 2});
    const std::string first = out.text;
    CHECK_THAT(first, ContainsSubstring("0 of 2 steps"));
    display->on(event::StepStarted{"acme", "0007.1", "add column", "transaction"});
    CHECK(out.text == first);  // too soon to draw again
    display->on(event::StepFailed{"acme", "0007.1", "add column", {"23505", "duplicate", "", ""}});
    CHECK_THAT(out.text,
               ContainsSubstring(
                   "\x1b[1A\r\x1b[Jacme: 0007.1 add column failed: duplicate (SQLSTATE 23505)\n["));
  }
  CHECK_THAT(out.text, Catch::Matchers::EndsWith("\x1b[2A\r\x1b[J"));
}

TEST_CASE("log lines tell each piece of news once") {
  Captured out;
  report::Log log(out.writer(), report::LogFormat::kText, report::LogLevel::kDebug);
  const auto events = report::event_log(log, report::Detail::kNormal);
  for (int i = 0; i < 150; ++i) {
    events->on(event::StepWaiting{"acme", "0007.1", "lock", {}, 100ms});
  }
  CHECK(std::count(out.text.begin(), out.text.end(), '\n') == 2);  // at first, and after 10 s
  out.text.clear();
  for (int i = 0; i < 99; ++i) {
    events->on(progress(i * 1000, 1000));
  }
  CHECK(out.text.empty());
  events->on(progress(100'000, 1000));
  CHECK_THAT(out.text, ContainsSubstring("acme: 0007.2 100 k of about 1 M rows"));
}

TEST_CASE("detail decides what is told") {
  const auto told = [](report::Detail detail) {
    Captured out;
    report::Log log(out.writer(), report::LogFormat::kText, report::LogLevel::kInfo);
    const auto events = report::event_log(log, detail);
    events->on(event::StepStarted{"acme", "0007.1", "add column", "transaction"});
    events->on(event::StepDone{"acme", "0007.1", "add column", database::Via::kDirect, 5, 12ms});
    events->on(
        event::TenantFinished{"acme", core::Phase::kExpand, execution::TenantOutcome::kDone, ""});
    events->on(event::StepFailed{"acme", "0007.1", "add column", {"23505", "duplicate", "", ""}});
    return std::count(out.text.begin(), out.text.end(), '\n');
  };
  // At the level that is on unless somebody says otherwise.
  CHECK(told(report::Detail::kQuiet) == 1);
  CHECK(told(report::Detail::kNormal) == 2);
  CHECK(told(report::Detail::kVerbose) == 4);
}

TEST_CASE("a tenant that is blocked has not failed") {
  Captured out;
  report::Log log(out.writer(), report::LogFormat::kText, report::LogLevel::kInfo);
  const auto events = report::event_log(log, report::Detail::kNormal);
  const database::Failure why{"55P03", "gave up: pid 4711", "end it", ""};
  using execution::TenantOutcome;
  events->on(event::StepFailed{"acme", "0007.1", "add column", why, TenantOutcome::kBlocked});
  events->on(event::TenantFinished{"acme", core::Phase::kExpand, TenantOutcome::kBlocked,
                                   "gave up: pid 4711"});
  CHECK_THAT(out.text, ContainsSubstring("warning acme: 0007.1 add column blocked: gave up: pid "
                                         "4711 (SQLSTATE 55P03). end it\n"));
  CHECK(std::count(out.text.begin(), out.text.end(), '\n') == 1);
  out.text.clear();
  events->on(event::StepFailed{"acme", "0007.1", "add column", why, TenantOutcome::kStuck});
  CHECK_THAT(out.text, ContainsSubstring("error   acme: 0007.1 add column stuck: "));
}

TEST_CASE("log lines as JSON are one object each, whatever they hold") {
  Captured out;
  report::Log log(out.writer(), report::LogFormat::kJson, report::LogLevel::kInfo);
  const auto events = report::event_log(log, report::Detail::kNormal);
  events->on(event::StepFailed{"a\"b\n", "0007.1", "t", {"23505", "x\xFF\n\"y\"", "", ""}});
  events->on(event::TenantFinished{"acme", core::Phase::kContract, execution::TenantOutcome::kBusy,
                                   "why"});
  log.debug("dropped");
  REQUIRE(std::count(out.text.begin(), out.text.end(), '\n') == 2);
  const std::size_t end = out.text.find('\n');
  const json first = json::parse(out.text.substr(0, end));
  CHECK(first.at("level") == "error");
  CHECK(first.at("event") == "step_failed");
  CHECK(first.at("tenant") == "a\"b\n");
  CHECK(first.at("time").get<std::string>().size() == 24);
  const json second = json::parse(out.text.substr(end + 1));
  CHECK(second.at("outcome") == "busy");
  CHECK(second.at("phase") == "contract");
}

TEST_CASE("a lost connection is told with its tenant") {
  Captured out;
  report::Log log(out.writer(), report::LogFormat::kText, report::LogLevel::kInfo);
  const auto events = report::event_log(log, report::Detail::kNormal);
  events->on(
      event::Reconnecting{"connection lost: the server closed the connection", 250ms, "acme"});
  events->on(event::Reconnecting{"connection lost: x", 250ms});
  CHECK_THAT(out.text, ContainsSubstring("acme: connection lost: the server closed the connection; "
                                         "connecting again in 250 ms"));
  CHECK_THAT(out.text, ContainsSubstring("connection lost: x; connecting again"));
}

TEST_CASE("a terminal that became narrower is cleaned of the lines it has broken") {
  Captured out;
  test::FakeClock clock;
  std::size_t width = 99;
  {
    report::LiveOptions options;
    options.width = [&width] { return width; };
    options.ticks = false;
    const auto display = report::live_display(out.writer(), clock, options);
    display->on(event::RunStarted{1, 1, 2});
    display->on(event::WaveStarted{"rest", core::Phase::kExpand, 1});
    clock.advance(1s);
    display->on(event::StepStarted{"acme", "0007.1", std::string(80, 'x'), "transaction"});
    width = 39;
  }
  // The bar took 58 columns and the step's line 98: two and three rows of 40.
  CHECK_THAT(out.text, Catch::Matchers::EndsWith("\x1b[5A\r\x1b[J"));
}

TEST_CASE("a narrow terminal keeps the numbers, a low one the bar") {
  report::LiveState state({});
  state.take(event::RunStarted{1, 4, 20}, {});
  CHECK(state.lines({}, 39, 8).at(0) == "[......] 0 of 20 steps, 0 s");
  Captured out;
  test::FakeClock clock;
  report::LiveOptions options;
  options.width = [] { return std::size_t{39}; };
  options.height = [] { return std::size_t{4}; };
  options.ticks = false;
  const auto display = report::live_display(out.writer(), clock, options);
  display->on(event::RunStarted{1, 4, 20});
  for (const char* tenant : {"a", "b", "c"}) {
    clock.advance(1s);
    display->on(event::TenantStarted{tenant, core::Phase::kExpand, 2});
  }
  CHECK_THAT(out.text, ContainsSubstring("  and 2 more at work\n"));
}
