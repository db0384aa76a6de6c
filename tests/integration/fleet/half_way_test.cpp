#include <chrono>
#include <thread>

#include "lockstep/core/error.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

// Tenants that an earlier run left half way come first, and hold nobody up.

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;
namespace event = execution::event;

const std::string kTables =
    "create table %s.users (id bigint primary key, name text);"
    "create table %s.orders (id bigint primary key)";

/// Its second step fails while there is a table public.stop.
const File kThree{"0001_three.sql",
                  "ALTER TABLE users ADD COLUMN phone text;\n"
                  "-- lockstep: allow = opaque-statement, reason = \"to fail\"\n"
                  "-- lockstep: phase = expand\n"
                  "DO $$ BEGIN IF to_regclass('public.stop') IS NOT NULL THEN\n"
                  "  RAISE EXCEPTION 'stop'; END IF; END $$;\n"
                  "ALTER TABLE orders ADD COLUMN note text;"};
const File kFax{"0002_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"};

bool is_through(FleetBench& bench, const std::string& tenant) {
  for (const auto& finished : bench.events().of<event::TenantFinished>()) {
    if (finished.tenant == tenant && finished.outcome == execution::TenantOutcome::kDone) {
      return true;
    }
  }
  return false;
}

/// A database in which t1, and whoever is named, lack the last two steps of 0001.
class HalfWay {
 public:
  explicit HalfWay(const std::string& glob = "t1") {
    bench.db().execute("create table public.stop ()");
    bench.options().tenants.only = glob;
    bench.options().rollout.max_failures = 0;
    REQUIRE(bench.apply(Folder::of({kThree})).outcome == ApplyOutcome::kFailed);
    bench.db().execute("drop table public.stop");
    bench.options().tenants.only.clear();
  }

  /// Runs both migrations while somebody holds t1.orders, until `until` says so, or for too long.
  template <typename Until>
  ApplyResult apply_while_t1_waits(const Until& until) {
    const auto holder = bench.db().connect();
    holder->execute("begin; lock table t1.orders in access share mode");
    ApplyResult result;
    {
      std::jthread run([&] { result = bench.apply(both); });
      const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      while (!until() && std::chrono::steady_clock::now() < patience) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      in_time = until() && !is_through(bench, "t1");
      holder->execute("rollback");
    }
    return result;
  }

  FleetBench bench{tenants(4, kTables)};
  const Folder both = Folder::of({kThree, kFax});
  bool in_time = false;
};

TEST_CASE_METHOD(HalfWay, "while a half-way tenant waits, the others begin") {
  const ApplyResult result = apply_while_t1_waits([&] {
    return is_through(bench, "t2") && is_through(bench, "t3") && is_through(bench, "t4");
  });
  CHECK(in_time);
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 4);
  const auto started = bench.events().of<event::RunStarted>();
  REQUIRE(started.size() == 2);  // the first left t1 half way
  CHECK(started[1].tenants == 4);
  CHECK(started[1].steps == 2 + 3 * 4);  // of t1 what is stored; the rest is not planned yet
  CHECK(result.steps.done == started[1].steps + 1);
}

TEST_CASE("who is through with what was half way begins what is new, while another one waits") {
  HalfWay scene("t?");
  const auto has_fax = [&] {
    return scene.bench.db().ask(
               "select count(*) from pg_attribute where attname = 'fax' and attrelid ="
               " any ('{t2.users, t3.users, t4.users}'::regclass[])") == "3";
  };
  const ApplyResult result = scene.apply_while_t1_waits(has_fax);
  CHECK(scene.in_time);
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 4);
}

TEST_CASE_METHOD(HalfWay, "half-way tenants come first, and their failures count") {
  bench.db().execute("create table public.stop ()");
  bench.options().rollout.jobs = 1;
  bench.options().rollout.max_failures = 1;
  const ApplyResult result = bench.apply(both);
  CHECK(result.outcome == ApplyOutcome::kFailed);
  CHECK(result.tenants.failed == 1);
  CHECK(result.tenants.not_started == 3);
  CHECK(bench.db().ask("select count(*) from pg_attribute where attname in ('phone', 'fax')") ==
        "1");
}

TEST_CASE_METHOD(HalfWay, "a wave waits until the half-way canary has what is new, too") {
  bench.options().rollout.waves = {{"canary", {"t1"}, 0}, {"rest", {}, 0}};
  bool early = false;
  bench.events().meanwhile([&](const execution::Event& happened) {
    if (const auto* started = std::get_if<event::TenantStarted>(&happened)) {
      early = early || (started->tenant != "t1" &&
                        bench.db().ask("select count(*) from pg_attribute where attname = 'fax'"
                                       " and attrelid = 't1.users'::regclass") == "0");
    }
  });
  bench.options().rollout.jobs = 1;  // the session that asks is used by one
  CHECK(bench.apply(both).outcome == ApplyOutcome::kDone);
  CHECK_FALSE(early);
}

TEST_CASE_METHOD(HalfWay, "a message about what cannot succeed names the whole way out") {
  bench.db().execute("create table public.stop ()");
  const ApplyResult result = bench.apply(both);
  REQUIRE_FALSE(result.failures.empty());
  const std::string& hint = result.failures[0].failure.hint;
  CHECK_THAT(hint, ContainsSubstring("An edit of migrations/0001_three.sql would be refused"));
  CHECK_THAT(hint, ContainsSubstring("lockstep rollback --to 0 "));
  CHECK_THAT(hint, ContainsSubstring("lockstep repair --forget-deleted --accept-different"));
  CHECK_THAT(hint, ContainsSubstring("is lost"));
  CHECK_THAT(bench.status(both).tenants[0].hint,
             ContainsSubstring("lockstep repair --forget-deleted --accept-different"));
  // And it is one.
  fleet::RepairRequest request;
  request.forget_deleted = true;
  request.accept_different = true;
  const Folder gone = Folder::of({kFax});
  CHECK(bench.open()->repair(gone.files(), request).forgotten == std::vector<std::string>{"0001"});
  CHECK(bench.apply(gone).outcome == ApplyOutcome::kDone);
}

TEST_CASE("what nobody has begun may be edited, and the message says so") {
  FleetBench bench(tenants(1, kTables) + "insert into t1.users values (1, 'x'), (2, 'x')");
  const Folder folder = Folder::of({{"0001_unique.sql",
                                     "-- lockstep: phase = expand\n"
                                     "CREATE UNIQUE INDEX users_name ON users (name);"}});
  const ApplyResult result = bench.apply(folder);
  REQUIRE(result.failures.size() == 1);
  CHECK_THAT(result.failures[0].failure.hint,
             ContainsSubstring("may still be edited: no tenant has begun it"));
}

TEST_CASE_METHOD(HalfWay, "a baseline counts nobody who is half way") {
  const auto baseline = [&] {
    return bench.open()->baseline(both.files(), *core::Version::parse("1"));
  };
  CHECK_THROWS_WITH(baseline(), ContainsSubstring("1 tenant is half way (t1)"));
  CHECK(bench.db().ask("select count(*) from lockstep.tenant_migration where state = 'baseline'") ==
        "0");
  REQUIRE(bench.apply(Folder::of({kThree})).outcome == ApplyOutcome::kDone);
  CHECK(baseline().recorded == 0);
}

TEST_CASE("a baseline takes the place of steps that are stored and not more") {
  FleetBench bench(tenants(1, kTables) + "insert into t1.users values (1, 'x'), (2, 'x')");
  const Folder folder = Folder::of({{"0001_unique.sql",
                                     "-- lockstep: phase = expand\n"
                                     "CREATE UNIQUE INDEX users_name ON users (name);"}});
  bench.options().execution.locks.direct_below = 0;
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kFailed);
  CHECK(bench.open()->baseline(folder.files(), *core::Version::parse("1")).recorded == 1);
  CHECK(bench.standings(folder) == "t1:current");
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
}

TEST_CASE_METHOD(HalfWay, "history is of the tenants that are selected") {
  REQUIRE(bench.apply(both).outcome == ApplyOutcome::kDone);
  CHECK(bench.open()->history({}, 1000).size() > 6);
  bench.options().tenants.only = "*2";
  const auto entries = bench.open()->history({}, 1000);
  CHECK(entries.size() == 4);
  for (const database::HistoryEntry& entry : entries) {
    CHECK(entry.tenant == "t2");
  }
  CHECK(bench.open()->history("t1", 1000).empty());
}

}  // namespace
}  // namespace lockstep::test
