#include <thread>

#include "lock_census.h"
#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;
using namespace std::chrono_literals;

constexpr const char* kSetup =
    "create schema acme; create table acme.users (id bigint primary key, name text);"
    "create table acme.orders (id bigint primary key, user_id bigint)";

plan::Step add_column() {
  return ddl("0001", 1, "users", "alter table ${schema}.users add column a text");
}

TEST_CASE("a lock that is not given is tried again after a pause, and reported") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{add_column()}});
  const auto reader = bench.db().connect({"a slow report", 1s});
  reader->execute("begin");
  reader->execute("select * from acme.users");
  const TenantResult first = bench.run(work);
  CHECK(first.outcome == TenantOutcome::kBusy);
  REQUIRE(first.retry_in.has_value());
  CHECK(*first.retry_in >= 10 * bench.options().locks.lock_timeout);
  const auto waits = bench.events().of<execution::event::StepWaiting>();
  REQUIRE(waits.size() == 1);
  REQUIRE(waits[0].blockers.size() == 1);
  CHECK(waits[0].blockers[0].pid == reader->backend_pid());
  CHECK(waits[0].blockers[0].application_name == "a slow report");
  CHECK(waits[0].blockers[0].state == "idle in transaction");
  CHECK(waits[0].blockers[0].query == "select * from acme.users");

  reader->execute("commit");
  CHECK(bench.run_to_the_end(work).outcome == TenantOutcome::kDone);
  CHECK(bench.steps_of("acme") == "0001.1 done 1 staged");
}

TEST_CASE("whoever is in the way is named without what his statement says of anybody") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{add_column()}});
  const auto reader = bench.db().connect();
  reader->execute("begin");
  reader->execute("select * from acme.users where name = 'Ada Lovelace' and id < 4711 -- Ada");
  CHECK(bench.run(work).outcome == TenantOutcome::kBusy);
  const auto waits = bench.events().of<execution::event::StepWaiting>();
  REQUIRE(waits.size() == 1);
  CHECK_THAT(waits[0].why, Catch::Matchers::ContainsSubstring(
                               "select * from acme.users where name = ? and id < ?"));
  CHECK_THAT(waits[0].why, !Catch::Matchers::ContainsSubstring("Ada"));
  bench.clock().advance(bench.options().locks.give_up_after);
  CHECK(bench.run(work).outcome == TenantOutcome::kBlocked);
  CHECK(bench.db().ask("select message like '%name = ? and id < ?' from lockstep.step") == "t");
}

TEST_CASE("behind a long transaction nobody queues, and patience ends in a blocked step") {
  Bench bench(kSetup);
  bench.options().locks.long_transaction = 1ms;
  bench.options().locks.lock_timeout = 50ms;
  TenantWork work = bench.work("acme", {{add_column()}});
  const auto reader = bench.db().connect();
  reader->execute("begin");
  reader->execute("select * from acme.users");
  REQUIRE(bench.run(work).outcome ==
          TenantOutcome::kBusy);  // the first attempt does not look first

  // Whoever queued for the strong lock would be seen waiting by this clock.
  std::size_t queued = 0;
  bench.clock().on_sleep([&] {
    queued += std::stoul(bench.db().ask("select count(*) from pg_locks where not granted"));
  });
  const TenantResult result = bench.run_to_the_end(work);
  CHECK(result.outcome == TenantOutcome::kBlocked);
  CHECK(queued == 0);
  CHECK_THAT(result.failure.message,
             Catch::Matchers::ContainsSubstring(std::to_string(reader->backend_pid())));
  CHECK(bench.steps_of("acme") == "0001.1 blocked 1 staged");
  for (const auto& wait : bench.events().of<execution::event::StepWaiting>()) {
    CHECK_THAT(wait.why, !Catch::Matchers::ContainsSubstring("not given"));
    break;
  }

  reader->execute("commit");
  TenantWork again = bench.work("acme", {{add_column()}});
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
}

TEST_CASE("a role that may not see others' transactions stops queueing behind a long one, too") {
  Bench bench(std::string(kSetup) +
              "; create role r_blind; grant all on schema acme to r_blind;"
              "alter table acme.users owner to r_blind");
  bench.db().execute(
      "grant all on schema lockstep to r_blind; grant all on all tables in schema lockstep to "
      "r_blind");
  const auto worker = bench.worker();
  worker->execute("set role r_blind");
  const auto reader = bench.db().connect({"a slow report"});
  reader->execute("begin");
  reader->execute("select * from acme.users");
  TenantWork work = bench.work("acme", {{add_column()}});
  for (int attempt = 0; attempt < 8; ++attempt) {
    const TenantResult result = bench.run(work, {}, worker);
    REQUIRE(result.retry_in.has_value());
    bench.clock().advance(*result.retry_in);
  }
  std::size_t queued = 0;
  for (const auto& wait : bench.events().of<execution::event::StepWaiting>()) {
    REQUIRE(wait.blockers.size() == 1);
    CHECK(wait.blockers[0].pid == reader->backend_pid());
    queued += wait.why.rfind("does not queue", 0) == 0 ? 0 : 1;
  }
  CHECK(queued <= 2);
  CHECK_THAT(bench.events().of<execution::event::Notice>().front().text,
             Catch::Matchers::ContainsSubstring("pg_read_all_stats"));

  reader->execute("commit");
  CHECK(bench.run(work, {}, worker).outcome == TenantOutcome::kDone);
  worker->execute("reset role");
  bench.db().execute("drop owned by r_blind cascade; drop role r_blind");
}

TEST_CASE("the census sees conflicting locks only, on partitions too, and prepared transactions") {
  Bench bench(
      "create schema acme; create table acme.m (id int) partition by list (id);"
      "create table acme.m1 partition of acme.m for values in (1)");
  const auto worker = bench.worker();
  const execution::Renderer render(*worker, "acme");
  const auto holder = bench.db().connect();
  holder->execute("begin");
  holder->execute("lock table acme.m1 in row exclusive mode");
  const auto census = [&](catalog::LockMode mode) {
    return execution::take_census(*worker, render, {{in_tenant("m"), mode}}, bench.options().locks,
                                  {}, bench.clock().now());
  };
  CHECK(census(catalog::LockMode::kRowExclusive).blockers.empty());
  REQUIRE(census(catalog::LockMode::kShare).blockers.size() == 1);
  CHECK(census(catalog::LockMode::kShare).blockers[0].relation == "acme.m1");
  CHECK_FALSE(census(catalog::LockMode::kShare).hopeless);
  worker->execute("set deadlock_timeout = '1500ms'");
  CHECK(census(catalog::LockMode::kShare).autovacuum_yields == 2500ms);
  bench.options().locks.long_transaction = 0ms;
  CHECK(census(catalog::LockMode::kShare).hopeless);
}

TEST_CASE("one message bounds the hold of all its statements together") {
  Bench bench(kSetup);
  bench.options().locks.max_hold = 150ms;
  plan::Step slow = add_column();
  std::get<plan::TransactionBody>(slow.body).sql = {
      "select pg_sleep(0.08)", "select pg_sleep(0.08)", "select pg_sleep(0.08)"};
  TenantWork work = bench.work("acme", {{slow}});
  const TenantResult result = bench.run_to_the_end(work);
  CHECK(result.outcome == TenantOutcome::kStuck);
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("needs-hold"));
}

TEST_CASE("code that declares no locks has max_hold, and is told how to get more") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{create("0001", 1, "select pg_sleep(5)")}});
  const TenantResult result = bench.run_to_the_end(work);
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("needs-hold"));
  CHECK_THAT(result.failure.hint, Catch::Matchers::ContainsSubstring("declare what it locks"));
}

TEST_CASE("locks on several relations wait no longer than lock_timeout together") {
  Bench bench(kSetup);
  bench.options().locks.lock_timeout = 200ms;
  plan::Step both = add_column();
  auto& body = std::get<plan::TransactionBody>(both.body);
  body.lock_first.push_back({in_tenant("orders"), catalog::LockMode::kAccessExclusive});
  both.locks = body.lock_first;
  const auto users = bench.db().connect();
  const auto orders = bench.db().connect();
  users->execute("begin");
  users->execute("select * from acme.users");
  orders->execute("begin");
  orders->execute("select * from acme.orders");
  // The first lock is free after three quarters of the time, the second never.
  std::jthread release([&] {
    while (bench.db().ask("select count(*) from pg_locks where not granted") == "0") {
    }
    bench.db().execute("select pg_sleep(0.15)");
    users->execute("commit");
  });
  TenantWork work = bench.work("acme", {{both}});
  const auto begun = std::chrono::steady_clock::now();
  CHECK(bench.run(work).outcome == TenantOutcome::kBusy);
  CHECK(std::chrono::steady_clock::now() - begun < 350ms);
}

TEST_CASE("a lock of several that is not given is a lock timeout, not a step that takes too long") {
  Bench bench(kSetup);
  plan::Step both = add_column();
  auto& body = std::get<plan::TransactionBody>(both.body);
  body.lock_first.push_back({in_tenant("orders"), catalog::LockMode::kAccessExclusive});
  both.locks = body.lock_first;
  const auto orders = bench.db().connect();
  orders->execute("begin");
  orders->execute("select * from acme.orders");
  TenantWork work = bench.work("acme", {{both}});
  const std::size_t start = shared_cluster().log().size();
  CHECK(bench.run(work).outcome == TenantOutcome::kBusy);
  const std::string log = shared_cluster().log().substr(start);
  CHECK_THAT(log, Catch::Matchers::ContainsSubstring("canceling statement due to lock timeout"));
  CHECK_THAT(log, !Catch::Matchers::ContainsSubstring("due to statement timeout"));
}

TEST_CASE("an autovacuum that holds the table is asked to yield in a mode that stops nobody") {
  Bench bench(kSetup);
  // A plain VACUUM holds the same lock; only the server's own workers yield, so it is ended by hand
  // here.
  bench.options().locks.lock_timeout = 50ms;
  plan::Step merged = ddl("0001", 2, "users", "alter table ${schema}.users add column b text");
  TenantWork work = bench.work("acme", {{add_column(), merged}});
  const auto holder = bench.db().connect();
  holder->execute("begin");
  holder->execute("lock table acme.users in share update exclusive mode");
  CHECK(bench.run(work).outcome == TenantOutcome::kBusy);
  holder->execute("commit");
  CHECK(bench.run_to_the_end(work).outcome == TenantOutcome::kDone);
  CHECK(bench.steps_of("acme") == "0001.1 done 1 staged, 0001.2 done 1 staged");
}

}  // namespace
}  // namespace lockstep::test
