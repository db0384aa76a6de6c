#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "lockstep/core/clock.h"
#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

// RULES.md 7: a relation that steps of many tenants lock belongs to the application most of the
// time.

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantWork;

constexpr int kTenants = 8;
constexpr std::chrono::milliseconds kHold{10};

const plan::QualifiedName kPlans{"public", "plans"};

std::string tenants() {
  std::string sql =
      "create table public.plans (id int primary key); create table public.seen (began timestamptz "
      "primary key, ended timestamptz);";
  for (int i = 0; i < kTenants; ++i) {
    sql += fmt::format("create schema t{0}; create table t{0}.users (plan int);", i);
  }
  return sql;
}

/// Adds a foreign key to the shared table, and notes how long it had its lock at least.
plan::Step add_key() {
  plan::Step step = ddl("0001", 1, "users",
                        "alter table ${schema}.users add foreign key (plan) references "
                        "public.plans not valid");
  step.locks.push_back({kPlans, catalog::LockMode::kShareRowExclusive});
  auto& body = std::get<plan::TransactionBody>(step.body);
  body.lock_first = step.locks;
  body.sql.push_back("insert into public.seen values (clock_timestamp())");
  body.sql.push_back(fmt::format("select pg_sleep({})", static_cast<double>(kHold.count()) / 1000));
  body.sql.push_back("update public.seen set ended = clock_timestamp() where ended is null");
  return step;
}

/// Runs work until it is over, by the machine's clock.
class Workers {
 public:
  explicit Workers(Bench& bench)
      : executor_(
            bench.ledger(), bench.lease(), *clock_, [] { return 0.5; }, bench.events(),
            bench.run_id(), bench.options()) {}

  execution::TenantResult run(TenantWork& work, const std::shared_ptr<database::Session>& session) {
    execution::TenantResult result = executor_.run(session, work, {});
    while (result.retry_in) {
      work.resumes = true;
      [[maybe_unused]] const bool slept = clock_->sleep_for(*result.retry_in, {});
      result = executor_.run(session, work, {});
    }
    return result;
  }

  execution::Executor& executor() { return executor_; }
  core::Clock& clock() { return *clock_; }

 private:
  std::unique_ptr<core::Clock> clock_ = core::system_clock();
  execution::Executor executor_;
};

TEST_CASE("workers lock a relation of all tenants one after the other, a tenth of the time") {
  Bench bench(tenants());
  Workers workers(bench);
  std::vector<TenantWork> works;
  std::vector<std::shared_ptr<database::Session>> sessions;
  for (int i = 0; i < kTenants; ++i) {
    works.push_back(bench.work(fmt::format("t{}", i), {{add_key()}}));
    sessions.push_back(bench.worker());
  }
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < works.size(); ++i) {
      threads.emplace_back([&, i] {
        done += workers.run(works[i], sessions[i]).outcome == TenantOutcome::kDone ? 1 : 0;
      });
    }
  }
  CHECK(done == kTenants);
  // By the server's clock, from each end to the next beginning.
  const std::string pauses = bench.db().ask(
      "select coalesce(round(min(1000 * extract(epoch from pause))), -1) from"
      " (select began - lag(ended) over (order by began) as pause from public.seen)"
      " as gaps");
  INFO("shortest pause in ms: " << pauses);
  CHECK(std::stod(pauses) >= 9 * kHold.count());
  CHECK(bench.db().ask("select count(*) from pg_locks where locktype = 'advisory'") == "0");
}

TEST_CASE("an attempt that did not get the relation is followed by a rest as well") {
  Bench bench(tenants());
  Workers workers(bench);
  const auto holder = bench.db().connect();
  holder->execute("begin");
  holder->execute("lock table public.plans in row exclusive mode");
  TenantWork work = bench.work("t0", {{add_key()}});
  const auto begun = workers.clock().now();
  const execution::TenantResult result = workers.executor().run(bench.worker(), work, {});
  CHECK(result.outcome == TenantOutcome::kBusy);
  // Two LOCK statements share lock_timeout.
  CHECK(workers.clock().now() - begun >= bench.options().locks.lock_timeout / 2 * 10);
  CHECK(bench.db().ask("select count(*) from public.seen") == "0");
}

TEST_CASE("relations of the tenant itself need no lease and no rest") {
  Bench bench(tenants());
  TenantWork work =
      bench.work("t0", {{ddl("0001", 1, "users", "alter table ${schema}.users add a text")}});
  CHECK(bench.run(work).outcome == TenantOutcome::kDone);
  CHECK(bench.clock().sleeps().empty());
}

}  // namespace
}  // namespace lockstep::test
