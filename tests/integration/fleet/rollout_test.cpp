#include <atomic>
#include <thread>
#include <utility>

#include "lockstep/core/error.h"
#include "lockstep/postgres/catalog_reader.h"
#include "lockstep/postgres/database.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_session.h"

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;

const std::string kUsers = "create table %s.users (id bigint primary key, name text)";

Folder add_phone() {
  return Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
}

fleet::ApplyRequest everything() {
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  return request;
}

TEST_CASE("two runs at once do every step once, and both end when all is done") {
  FleetBench bench(tenants(12, kUsers));
  const Folder folder = add_phone();
  ApplyResult first;
  ApplyResult second;
  {
    std::jthread one([&] { first = bench.apply(folder, everything(), {}); });
    std::jthread two([&] { second = bench.apply(folder, everything(), {}); });
  }
  CHECK(first.outcome == ApplyOutcome::kDone);
  CHECK(second.outcome == ApplyOutcome::kDone);
  CHECK(first.tenants.done == 12);
  CHECK(second.tenants.done == 12);
  CHECK(first.steps.done + second.steps.done == 12);
  CHECK(bench.db().ask("select count(*) || ' ' || max(attempt) from lockstep.step") == "12 1");
}

TEST_CASE("tenants that another session holds are waited for, but not for ever") {
  FleetBench bench(tenants(2, kUsers));
  bench.options().rollout.wait = std::chrono::seconds(0);
  const auto other = bench.db().connect();
  const auto lease = postgres::advisory_lease();
  const std::int64_t oid = std::stoll(bench.db().ask("select 't1'::regnamespace::oid"));
  REQUIRE(lease->try_take(*other, {"lockstep", oid}));
  const ApplyResult result = bench.apply(add_phone());
  CHECK(result.outcome == ApplyOutcome::kBusy);
  CHECK(result.tenants.busy == 1);
  CHECK(result.tenants.done == 1);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t1");
  CHECK_THAT(result.failures[0].failure.message,
             Catch::Matchers::ContainsSubstring(std::to_string(other->backend_pid())));
}

TEST_CASE("a signal ends the run between tenants, and the next one goes on") {
  FleetBench bench(tenants(6, kUsers));
  bench.options().rollout.jobs = 1;
  std::stop_source finish;
  // The third tenant's change asks for the stop, in the middle of the run.
  bench.db().execute("create table stop_now ()");
  std::jthread watcher([&] {
    while (bench.events().of<execution::event::TenantFinished>().size() < 3) {
      std::this_thread::yield();
    }
    finish.request_stop();
  });
  const ApplyResult result = bench.apply(add_phone(), everything(), {finish.get_token(), {}});
  watcher.join();
  if (result.outcome == ApplyOutcome::kInterrupted) {  // the run may win the race to its end
    CHECK(result.tenants.done >= 3);
    CHECK(result.tenants.done + result.tenants.not_started == 6);
  }
  const ApplyResult rest = bench.apply(add_phone());
  CHECK(rest.outcome == ApplyOutcome::kDone);
  CHECK(rest.steps.done == 6 - result.steps.done);
}

TEST_CASE("a stop before the first tenant leaves all of them for later") {
  FleetBench bench(tenants(2, kUsers));
  std::stop_source finish;
  finish.request_stop();
  const ApplyResult result = bench.apply(add_phone(), everything(), {finish.get_token(), {}});
  CHECK(result.outcome == ApplyOutcome::kInterrupted);
  CHECK(result.tenants.done == 0);
  CHECK(result.tenants.not_started == 2);
}

/// Gives one session, and after that no answer.
class Gone final : public database::Database {
 public:
  explicit Gone(database::Database& real) : real_(real) {}
  std::unique_ptr<database::Session> connect(const database::SessionOptions& options) override {
    if (std::exchange(given_, true)) {
      throw database::DatabaseError(database::DatabaseError::Kind::kCannotConnect, {}, "no answer");
    }
    return real_.connect(options);
  }
  std::string description() const override { return real_.description(); }

 private:
  database::Database& real_;
  bool given_ = false;
};

/// Breaks the second session at its first statement, gives none for a while, and breaks the next.
class Outage final : public database::Database {
 public:
  explicit Outage(database::Database& real) : real_(real) {}
  std::unique_ptr<database::Session> connect(const database::SessionOptions& options) override {
    const int at = ++connects_;
    if (at > 2 && at <= 2 + kRefused) {
      throw database::DatabaseError(database::DatabaseError::Kind::kCannotConnect, {}, "no answer");
    }
    std::unique_ptr<database::Session> session = real_.connect(options);
    if (at == 2) return std::make_unique<FaultSession>(std::move(session), first_);
    if (at == 3 + kRefused) return std::make_unique<FaultSession>(std::move(session), second_);
    return session;
  }
  std::string description() const override { return real_.description(); }
  bool over() const { return second_.struck(); }

 private:
  static constexpr int kRefused = 12;
  database::Database& real_;
  std::atomic<int> connects_{0};
  Fault first_{1, Fault::Where::kBefore};
  Fault second_{1, Fault::Where::kBefore};
};

TEST_CASE("a session that breaks after an outage is one that broke, not one of many") {
  FleetBench bench(tenants(1, kUsers));
  bench.use(std::make_unique<FakeClock>());
  bench.options().rollout.jobs = 1;
  Outage database(bench.db().database());
  const ApplyResult result = bench.open(database)->apply(add_phone().files(), everything(), {});
  CHECK(database.over());
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.failed == 0);
}

TEST_CASE("a signal ends the wait for a server that went away") {
  FleetBench bench(tenants(1, kUsers));
  auto clock = std::make_unique<FakeClock>();
  FakeClock& time = *clock;
  bench.use(std::move(clock));
  std::stop_source finish;
  time.on_sleep([&] { finish.request_stop(); });
  Fault fault(2, Fault::Where::kBefore);
  FaultDatabase breaking(bench.db().database(), fault);
  Gone database(breaking);
  const Folder folder = add_phone();
  const auto fleet = bench.open(database);
  if (GENERATE(false, true)) {
    CHECK_THROWS_AS(fleet->apply(folder.files(), everything(), {finish.get_token(), {}}),
                    database::DatabaseError);
  } else {
    CHECK_THROWS_AS(fleet->status(folder.files(), finish.get_token()), database::DatabaseError);
  }
  CHECK(time.sleeps().size() == 1);
}

TEST_CASE("a second signal cancels what a run asks before it begins") {
  FleetBench bench(tenants(1, kUsers));
  REQUIRE(bench.apply(add_phone()).outcome == ApplyOutcome::kDone);
  const auto other = bench.db().connect();
  other->execute("begin; lock table lockstep.tenant_migration in access exclusive mode");
  std::stop_source finish;
  std::stop_source cancel;
  std::jthread operator_who_waits([&] {
    while (bench.db().ask("select count(*) from pg_locks where not granted and database ="
                          " (select oid from pg_database where datname = current_database())") ==
           "0") {
      std::this_thread::yield();
    }
    finish.request_stop();
    cancel.request_stop();
  });
  try {
    bench.apply(add_phone(), everything(), {finish.get_token(), cancel.get_token()});
    FAIL_CHECK("it was not cancelled");
  } catch (const database::DatabaseError& error) {
    CHECK(error.sqlstate() == "57014");  // and not a lock timeout, seconds later
  }
}

TEST_CASE("a second signal cancels what a run has to say at its end, if that takes long") {
  FleetBench bench(tenants(1, kUsers));
  const auto other = bench.db().connect();
  std::stop_source finish;
  std::stop_source cancel;
  bench.events().meanwhile([&](const execution::Event& event) {
    if (std::holds_alternative<execution::event::TenantFinished>(event)) {
      other->execute("begin; lock table lockstep.tenant_migration in access exclusive mode");
      finish.request_stop();
      cancel.request_stop();
    }
  });
  try {
    bench.apply(add_phone(), everything(), {finish.get_token(), cancel.get_token()});
    FAIL_CHECK("it was not cancelled");
  } catch (const database::DatabaseError& error) {
    CHECK(error.sqlstate() == "57014");
  }
  CHECK(bench.db().ask("select outcome from lockstep.run") == "interrupted");
}

TEST_CASE("a failing canary stops the waves after it") {
  FleetBench bench(tenants(4, kUsers) + "insert into t3.users values (1, 'x'), (2, 'x')");
  bench.options().rollout.max_failures = 0;
  bench.options().rollout.waves = {{"canary", {"t3"}, 0}, {"rest", {}, 0}};
  const Folder folder = Folder::of(
      {{"0001_unique.sql", "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name);"}});
  const ApplyResult result = bench.apply(folder);
  CHECK(result.outcome == ApplyOutcome::kFailed);
  CHECK(result.tenants.failed == 1);
  CHECK(result.tenants.not_started == 3);
  const auto waves = bench.events().of<execution::event::WaveStarted>();
  REQUIRE(waves.size() >= 2);
  CHECK(waves[0].name == "canary");
}

TEST_CASE(
    "a tenant that is half way runs the steps that were stored for it, whatever the file says "
    "now") {
  FleetBench bench(tenants(2, kUsers) + "insert into t2.users values (1, 'x'), (2, 'x')");
  bench.options().rollout.max_failures = 0;
  const Folder folder = Folder::of(
      {{"0001_two.sql",
        "ALTER TABLE users ADD COLUMN phone text;\n"
        "-- lockstep: phase = expand\nCREATE UNIQUE INDEX users_name ON users (name);\n"}});
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kFailed);
  CHECK(bench.status(folder).tenants[1].state == fleet::StandingState::kFailed);
  CHECK(bench.status(folder).tenants[1].sqlstate == "23505");
  const fleet::Planned planned = bench.plan(folder);
  REQUIRE(planned.half_way.size() == 1);
  CHECK(planned.half_way[0].tenant == "t2");
  CHECK(planned.half_way[0].expand.size() < 4);

  bench.db().execute("delete from t2.users where id = 2");
  const ApplyResult again = bench.apply(folder);
  CHECK(again.outcome == ApplyOutcome::kDone);
  CHECK(bench.status(folder).tenants[1].state == fleet::StandingState::kCurrent);
}

TEST_CASE("a shared contract waits for every tenant") {
  FleetBench bench(tenants(2, kUsers) + "create table public.plans (id int, old int)");
  const Folder folder =
      Folder::of({{"0001_users.sql", "ALTER TABLE users DROP COLUMN name;"},
                  {"0002_plans.sql",
                   "-- lockstep: scope = shared\nALTER TABLE public.plans DROP COLUMN old;"}});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only = "t1";
  const ApplyResult waits = bench.apply(folder, PhaseChoice::kContract);
  CHECK(waits.outcome == ApplyOutcome::kWaiting);
  REQUIRE(waits.failures.size() == 1);
  CHECK_THAT(waits.failures[0].failure.message, Catch::Matchers::ContainsSubstring("t2"));
  CHECK(bench.db().ask("select count(*) from pg_attribute where attrelid = 'plans'::regclass and "
                       "attname = 'old'") == "1");
  bench.options().tenants.only.clear();
  CHECK(bench.apply(folder, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(bench.status(folder).shared->state == fleet::StandingState::kCurrent);
}

/// Every message that the server gets meanwhile from sessions of this database, those that open
/// them included.
template <typename Function>
std::size_t messages_of(TestDatabase& db, const Function& function) {
  const std::string setting = "alter database " + db.name();
  db.execute(setting + " set log_statement = 'all'");
  const std::size_t before = shared_cluster().log().size();
  function();
  const std::string log = shared_cluster().log().substr(before);
  db.execute(setting + " reset log_statement");
  std::size_t messages = 0;
  for (const std::string what : {"LOG:  statement: ", "LOG:  execute "}) {
    for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) {
      ++messages;
    }
  }
  return messages;
}

TEST_CASE("nothing to do costs three messages, connecting included") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = add_phone();
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);

  // Settings and the server's state; who the tenants are; where they stand.
  for (const auto phase : {std::optional<PhaseChoice>(), std::optional(PhaseChoice::kAll),
                           std::optional(PhaseChoice::kExpand)}) {
    CHECK(messages_of(bench.db(), [&] {
            CHECK(bench.apply(folder, phase).outcome == ApplyOutcome::kDone);
          }) == 3);
  }
  CHECK(messages_of(bench.db(), [&] {
          CHECK(bench.status(folder).tenants.front().state == fleet::StandingState::kCurrent);
        }) == 3);
}

}  // namespace
}  // namespace lockstep::test
