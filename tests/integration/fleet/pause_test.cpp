#include <chrono>
#include <thread>

#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

// Somebody stops runs from elsewhere, and lets them go on.

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
namespace event = execution::event;

const std::string kUsers =
    "create table %s.users (id bigint primary key, name text);"
    "insert into %s.users select g, 'n' || g from generate_series(1, 3000) g";
const File kPhone{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"};
/// Three steps: the column, its rows in batches, and another one.
const File kFilled{"0001_filled.sql",
                   "ALTER TABLE users ADD COLUMN lower_name text;\n"
                   "UPDATE users SET lower_name = lower(name);\n"
                   "ALTER TABLE users ADD COLUMN last text;"};

class Pauses {
 public:
  explicit Pauses(int count = 2) : bench(tenants(count, kUsers)) {
    ledger->prepare(*session);
    bench.options().execution.locks.direct_below = 0;
  }
  void pause() {
    database::RunInfo who;
    who.os_user = "operator";
    who.host = "desk";
    ledger->pause(*session, who, "the shop is slow");
  }
  void resume() { ledger->resume(*session); }

  FleetBench bench;
  std::unique_ptr<database::Ledger> ledger = postgres::open_ledger("lockstep");
  std::unique_ptr<database::Session> session = bench.db().connect();
};

TEST_CASE("nobody is begun while runs are paused, and patience ends it") {
  Pauses scene;
  FleetBench& bench = scene.bench;
  scene.pause();
  bench.options().execution.locks.give_up_after = std::chrono::seconds(1);
  const ApplyResult result = bench.apply(Folder::of({kPhone}));
  CHECK(result.outcome == ApplyOutcome::kPaused);
  CHECK(result.steps.done == 0);
  REQUIRE(result.failures.size() == 2);
  CHECK_THAT(
      result.failures[0].failure.message,
      ContainsSubstring("paused by operator@desk since ") && ContainsSubstring("the shop is slow"));
  CHECK_THAT(result.failures[0].failure.hint, ContainsSubstring("lockstep resume"));
  const auto paused = bench.status(Folder::of({kPhone})).paused;
  REQUIRE(paused);
  CHECK(paused->os_user == "operator");
  CHECK(bench.db().ask("select outcome from lockstep.run") == "paused");

  scene.resume();
  CHECK_FALSE(bench.status(Folder::of({kPhone})).paused);
  CHECK(bench.apply(Folder::of({kPhone})).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a run that is paused between batches goes on when it may, and does nothing twice") {
  Pauses scene(1);
  FleetBench& bench = scene.bench;
  bench.options().execution.backfill.first_batch = 10;
  bench.options().execution.backfill.max_batch = 10;
  bench.options().execution.backfill.max_rows_per_second = 1000;  // slow enough to be caught at it
  bool asked = false;
  std::size_t at_pause = 0;
  std::jthread operator_who_resumes;
  const auto progress = [&] { return bench.events().of<event::StepProgress>().size(); };
  bench.events().meanwhile([&](const execution::Event& happened) {
    if (!asked && std::holds_alternative<event::StepProgress>(happened)) {
      asked = true;
      scene.pause();
    }
    const auto* waiting = std::get_if<event::StepWaiting>(&happened);
    if (waiting != nullptr && waiting->why.find("paused by") == 0 && at_pause == 0) {
      at_pause = progress();
      operator_who_resumes = std::jthread([&] { scene.resume(); });
    }
  });
  const ApplyResult result = bench.apply(Folder::of({kFilled}));
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(at_pause > 0);
  CHECK(progress() > at_pause);
  CHECK(bench.db().ask("select count(*) from t1.users where lower_name = name") == "3000");
  CHECK(bench.db().ask("select rows from lockstep.step where kind = 'backfill'"
                       " and phase = 'expand'") == "3000");
}

TEST_CASE("a signal to a paused run leaves nobody told as never begun that was") {
  Pauses scene(2);
  FleetBench& bench = scene.bench;
  bench.options().rollout.jobs = 1;
  bench.options().execution.backfill.first_batch = 10;
  bench.options().execution.backfill.max_batch = 10;
  bench.options().execution.backfill.max_rows_per_second = 1000;  // slow enough to be caught at it
  std::stop_source finish;
  bench.events().meanwhile([&](const execution::Event& happened) {
    const auto* done = std::get_if<event::StepDone>(&happened);
    if (done != nullptr && done->step == "0001.1") {
      scene.pause();
    }
    const auto* waiting = std::get_if<event::StepWaiting>(&happened);
    if (waiting != nullptr && waiting->why.find("paused by") == 0) {
      finish.request_stop();
    }
  });
  fleet::ApplyRequest expand;
  expand.phase = fleet::PhaseChoice::kExpand;
  const ApplyResult result = bench.apply(Folder::of({kFilled}), expand, {finish.get_token(), {}});
  CHECK(result.outcome == ApplyOutcome::kInterrupted);
  CHECK(result.tenants.not_started == 2);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t1");
  CHECK(result.failures[0].outcome == execution::TenantOutcome::kInterrupted);
  CHECK_THAT(result.failures[0].failure.message,
             ContainsSubstring("stopped by a signal while it waited: paused by"));
}

TEST_CASE("the first pause counts, whoever asks next") {
  Pauses scene(1);
  scene.pause();
  database::RunInfo other;
  other.os_user = "another";
  CHECK(scene.ledger->pause(*scene.session, other, "").os_user == "operator");
  CHECK(scene.ledger->resume(*scene.session)->reason == "the shop is slow");
  CHECK_FALSE(scene.ledger->resume(*scene.session));
}

}  // namespace
}  // namespace lockstep::test
