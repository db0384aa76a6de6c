#include <atomic>

#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/postgres/database.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fault_session.h"

// What a run comes to, and what it goes on with, follows from where the tenants stand.

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using execution::TenantOutcome;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;
namespace event = execution::event;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, note text)";
const File kDropNote{"0001_note.sql", "ALTER TABLE users DROP COLUMN note;"};
const File kUnique{"0002_unique.sql",
                   "-- lockstep: phase = expand\nCREATE UNIQUE INDEX users_name ON users (name);"};
const File kPhone{"0003_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"};

std::string twins_in(const std::string& tenant) {
  return "insert into " + tenant + ".users values (1, 'x'), (2, 'x');";
}

std::string no_twins_in(const std::string& tenant) {
  return "delete from " + tenant + ".users where id = 2";
}

std::string tables_with(FleetBench& bench, const std::string& column) {
  return bench.db().ask("select count(*) from pg_attribute where attname = '" + column +
                        "' and not attisdropped");
}

fleet::ApplyRequest both_phases() {
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  return request;
}

/// Waves "canary" with t1, and "rest"; no number of failures stops a wave.
void canary_first(FleetBench& bench) {
  bench.options().rollout.max_failures = 0;
  bench.options().rollout.waves = {{"canary", {"t1"}, 0}, {"rest", {}, 0}};
}

bool began_rest(FleetBench& bench) {
  for (const auto& wave : bench.events().of<event::WaveStarted>()) {
    if (wave.name == "rest") {
      return true;
    }
  }
  return false;
}

TEST_CASE("a canary that failed its expand keeps everybody's contract back") {
  FleetBench bench(tenants(3, kUsers) + twins_in("t1"));
  REQUIRE(bench.apply(Folder::of({kDropNote}), PhaseChoice::kExpand).outcome ==
          ApplyOutcome::kDone);
  canary_first(bench);
  const ApplyResult result = bench.apply(Folder::of({kDropNote, kUnique}), PhaseChoice::kAll);
  CHECK(result.outcome == ApplyOutcome::kFailed);
  CHECK(result.tenants.done == 0);
  CHECK(result.tenants.not_started == 2);
  CHECK(tables_with(bench, "note") == "3");
}

TEST_CASE("a canary that did not get there for whatever reason stops the waves after it") {
  FleetBench bench(tenants(3, kUsers));
  canary_first(bench);
  const auto other = bench.db().connect();
  const Folder folder = Folder::of({kPhone});
  SECTION("no lock in time") {
    bench.options().execution.locks.give_up_after = std::chrono::seconds(0);
    other->execute("begin; lock table t1.users in access share mode");
    const ApplyResult result = bench.apply(folder);
    CHECK(result.outcome == ApplyOutcome::kBlocked);
    CHECK(result.tenants.not_started == 2);
  }
  SECTION("another run holds it") {
    bench.options().rollout.wait = std::chrono::seconds(0);
    const auto lease = postgres::advisory_lease();
    const std::int64_t oid = std::stoll(bench.db().ask("select 't1'::regnamespace::oid"));
    REQUIRE(lease->try_take(*other, {"lockstep", oid}));
    const ApplyResult result = bench.apply(folder);
    CHECK(result.outcome == ApplyOutcome::kBusy);
    CHECK(result.tenants.not_started == 2);
  }
  SECTION("it cannot be planned") {
    bench.db().execute("alter table t1.users add column phone int");
    const ApplyResult result = bench.apply(folder);
    CHECK(result.outcome == ApplyOutcome::kRefused);
    CHECK(result.tenants.not_started == 2);
  }
  CHECK_FALSE(began_rest(bench));
}

TEST_CASE("a signal between the phases is no end of the contract") {
  FleetBench bench(tenants(1, kUsers));
  std::stop_source finish;
  bench.events().meanwhile([&](const execution::Event& event) {
    if (std::holds_alternative<event::TenantFinished>(event)) {
      finish.request_stop();
    }
  });
  const Folder folder = Folder::of(
      {{"0001_both.sql",
        "ALTER TABLE users ADD COLUMN phone text;\nALTER TABLE users DROP COLUMN note;"}});
  const ApplyResult result = bench.apply(folder, both_phases(), {finish.get_token(), {}});
  CHECK(result.outcome == ApplyOutcome::kInterrupted);
  CHECK(result.tenants.done == 0);
  CHECK(result.tenants.not_started == 1);
  CHECK(bench.standings(folder) == "t1:expanded");
}

TEST_CASE("a signal before the shared contract is no end of it either") {
  FleetBench bench(tenants(1, kUsers) + "create table public.plans (id int, old int)");
  const Folder folder =
      Folder::of({kDropNote,
                  {"0002_plans.sql",
                   "-- lockstep: scope = shared\nALTER TABLE public.plans DROP COLUMN old;"}});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  std::stop_source finish;
  bench.events().meanwhile([&](const execution::Event& event) {
    if (std::holds_alternative<event::TenantFinished>(event)) {
      finish.request_stop();
    }
  });
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kContract;
  CHECK(bench.apply(folder, request, {finish.get_token(), {}}).outcome ==
        ApplyOutcome::kInterrupted);
  CHECK(bench.standings(folder) == "t1:current");
}

TEST_CASE("what another run left half way meanwhile is finished before a run says so") {
  FleetBench bench(tenants(2, kUsers) + twins_in("t1") + twins_in("t2"));
  const Folder folder = Folder::of(
      {{"0001_two.sql",
        "ALTER TABLE users ADD COLUMN phone text;\n"
        "-- lockstep: phase = expand\nCREATE UNIQUE INDEX users_name ON users (name);"}});
  bench.options().tenants.only = "t1";
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kFailed);  // t1 is half way
  bench.db().execute(no_twins_in("t1"));
  bench.options().tenants.only.clear();
  bench.options().rollout.jobs = 1;
  // While t1 is finished, another run begins t2 and dies there.
  std::atomic<bool> once = false;
  bench.events().meanwhile([&](const execution::Event& event) {
    if (std::holds_alternative<event::TenantFinished>(event) && !once.exchange(true)) {
      bench.options().tenants.only = "t2";
      CHECK(bench.apply(folder).outcome == ApplyOutcome::kFailed);
      bench.db().execute(no_twins_in("t2"));
    }
  });
  const ApplyResult result = bench.apply(folder, PhaseChoice::kExpand);
  bench.options().tenants.only.clear();
  CHECK(bench.standings(folder) == "t1:current t2:current");
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 2);
}

TEST_CASE("a tenant that is not there at the end is busy, whatever this run did in it") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = Folder::of({kDropNote});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.events().meanwhile([&](const execution::Event& event) {
    const auto* finished = std::get_if<event::TenantFinished>(&event);
    if (finished != nullptr && finished->tenant == "t2") {  // another run begins a newer migration
      bench.db().execute(
          "insert into lockstep.tenant_migration (tenant, migration, state, checksum, step_list,"
          " expand_left, run) select id, '0009', 'running', 'sum', 'list', 1, 1"
          " from lockstep.tenant where name = 't2'; insert into lockstep.step (tenant, step,"
          " migration, ordinal, phase, kind, state, attempt, via, run, finished) select id, "
          "'0009.1',"
          " '0009', 1, 'expand', 'transaction', 'done', 1, 'staged', 1, now()"
          " from lockstep.tenant where name = 't2'");
    }
  });
  const ApplyResult result = bench.apply(folder, PhaseChoice::kContract);
  CHECK(result.outcome == ApplyOutcome::kBusy);
  CHECK(result.tenants.done == 1);
  CHECK(result.tenants.busy == 1);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
}

TEST_CASE("tenants' migrations without a tenant are not done") {
  FleetBench bench("create table public.plans (id int, old int)", "x*");
  CHECK_THROWS_WITH(bench.apply(Folder::of({kPhone})),
                    ContainsSubstring("no schema matches tenants.pattern \"x*\""));
  const File kPlans{"0001_plans.sql",
                    "-- lockstep: scope = shared\nALTER TABLE public.plans ADD COLUMN new int;\n"
                    "ALTER TABLE public.plans DROP COLUMN old;"};
  const Folder folder = Folder::of({kPlans, kPhone});
  // What the first tenant will stand on comes before it; what others may still read goes after it.
  const ApplyResult result = bench.apply(folder, PhaseChoice::kAll);
  CHECK(result.outcome == ApplyOutcome::kWaiting);
  CHECK(tables_with(bench, "new") == "1");
  CHECK(tables_with(bench, "old") == "1");
  CHECK_THROWS_AS(bench.apply(folder, PhaseChoice::kAll), core::InvalidInput);
  CHECK(bench.apply(Folder::of({kPlans}), PhaseChoice::kAll).outcome == ApplyOutcome::kDone);
  CHECK(tables_with(bench, "old") == "0");
}

TEST_CASE("a name of the query without a schema is reported") {
  FleetBench bench(tenants(1, kUsers));
  bench.options().tenants.pattern.clear();
  bench.options().tenants.query = "values ('t1'), ('gone')";
  CHECK(bench.apply(Folder::of({kPhone})).vanished == std::vector<std::string>{"gone"});
  const ApplyResult again = bench.apply(Folder::of({kPhone}));
  CHECK(again.outcome == ApplyOutcome::kDone);
  CHECK(again.vanished == std::vector<std::string>{"gone"});
}

TEST_CASE("without a phase, what the shared scope cannot take back has to be asked for") {
  FleetBench bench(tenants(1, kUsers) + "create table public.plans (id int, old int)");
  const Folder folder =
      Folder::of({{"0001_plans.sql",
                   "-- lockstep: scope = shared\nALTER TABLE public.plans DROP COLUMN old;"}});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK_THROWS_WITH(bench.apply(folder, std::nullopt), ContainsSubstring("cannot be taken back"));
  CHECK(tables_with(bench, "old") == "1");
}

TEST_CASE("without a phase, what is done already need not be asked for again") {
  FleetBench bench(tenants(1, kUsers) + twins_in("t1"));
  const Folder folder =
      Folder::of({{"0001_both.sql",
                   "ALTER TABLE users DROP COLUMN note;\n"
                   "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name);"}});
  REQUIRE(bench.apply(folder, PhaseChoice::kAll).outcome == ApplyOutcome::kFailed);
  REQUIRE(tables_with(bench, "note") == "0");
  bench.db().execute(no_twins_in("t1"));
  CHECK(bench.apply(folder, std::nullopt).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a saved plan's contract does not wait for files that came later") {
  FleetBench bench(tenants(2, kUsers));
  const fleet::Planned planned = bench.plan(Folder::of({kDropNote}));
  const Folder longer = Folder::of({kDropNote, kPhone});
  fleet::ApplyRequest request;
  request.saved = &planned.plan;
  request.phase = PhaseChoice::kExpand;
  REQUIRE(bench.apply(longer, request, {}).outcome == ApplyOutcome::kDone);
  request.phase = PhaseChoice::kContract;
  const ApplyResult result = bench.apply(longer, request, {});
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 2);
  CHECK(tables_with(bench, "note") == "0");
  CHECK(tables_with(bench, "phone") == "0");
  CHECK(bench.standings(longer) == "t1:pending t2:pending");
}

TEST_CASE("a saved plan contracts nothing that was begun after it") {
  FleetBench bench(tenants(1, kUsers));
  const fleet::Planned planned = bench.plan(Folder::of({kDropNote}));
  REQUIRE(bench.apply(Folder::of({kDropNote}), PhaseChoice::kExpand).outcome ==
          ApplyOutcome::kDone);
  const Folder longer =
      Folder::of({kDropNote, {"0004_name.sql", "ALTER TABLE users DROP COLUMN name;"}});
  REQUIRE(bench.apply(longer, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  fleet::ApplyRequest request;
  request.saved = &planned.plan;
  request.phase = PhaseChoice::kContract;
  CHECK(bench.apply(longer, request, {}).outcome == ApplyOutcome::kDone);
  CHECK(tables_with(bench, "note") == "0");
  CHECK(bench.db().ask("select count(*) from pg_attribute where attrelid = 't1.users'::regclass"
                       " and attname = 'name'") == "1");
  CHECK(bench.standings(longer) == "t1:expanded");
}

TEST_CASE("a shared migration that comes after what stands on it is refused") {
  FleetBench bench(tenants(1, kUsers) + "create table public.plans (id int)");
  const auto shared = [](const std::string& version) {
    return File{version + "_plans.sql",
                "-- lockstep: scope = shared\nALTER TABLE public.plans ADD"
                " COLUMN c" +
                    version + " int;"};
  };
  const Folder folder = Folder::of({kPhone, shared("0007")});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK_THROWS_WITH(bench.apply(Folder::of({kPhone, shared("0005"), shared("0007")})),
                    ContainsSubstring("0007, which the shared scope has already"));
  bench.db().execute("drop schema lockstep cascade; alter table t1.users drop column phone");
  REQUIRE(bench.apply(Folder::of({kPhone})).outcome == ApplyOutcome::kDone);
  CHECK_THROWS_WITH(bench.apply(Folder::of({shared("0002"), kPhone})),
                    ContainsSubstring("0003, which t1 has already"));
}

/// What another run does at that moment, as a trigger of the ledger.
std::string other_run(const std::string& table, const std::string& action) {
  return "create function public.other_run() returns trigger language plpgsql as $$ begin " +
         action + "; return null; end $$; create trigger other_run after insert on lockstep." +
         table + " for each statement execute function public.other_run()";
}

TEST_CASE("two runs with two texts of one migration: the later one is refused") {
  FleetBench bench(tenants(2, kUsers));
  REQUIRE(bench.apply(Folder::of({kDropNote}), PhaseChoice::kExpand).outcome ==
          ApplyOutcome::kDone);
  bench.db().execute(other_run(
      "run",
      "insert into lockstep.migration (key, name, scope, checksum, source) values"
      " ('0003', 'phone', 'tenant', 'other', 'x'); insert into lockstep.tenant_migration (tenant,"
      " migration, state, checksum, step_list, expanded, finished, run) select id, '0003', 'done',"
      " 'other', 'list', now(), now(), 1 from lockstep.tenant where name = 't2'"));
  CHECK_THROWS_WITH(bench.apply(Folder::of({kDropNote, kPhone}), PhaseChoice::kExpand),
                    ContainsSubstring("another run began 0003 with another text"));
  CHECK(tables_with(bench, "phone") == "0");
}

TEST_CASE("two texts of one migration at the same moment: no tenant gets the one not recorded") {
  FleetBench bench(tenants(1, kUsers));
  REQUIRE(bench.apply(Folder::of({kDropNote}), PhaseChoice::kExpand).outcome ==
          ApplyOutcome::kDone);
  bench.db().execute("create schema t2; create table t2.users (id bigint primary key, note text)");
  bench.db().execute(other_run("tenant",
                               "update lockstep.migration set checksum = 'other'"
                               " where key = '0003'"));
  const Folder folder = Folder::of({kDropNote, kPhone});
  const ApplyResult result = bench.apply(folder, PhaseChoice::kExpand);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  REQUIRE_FALSE(result.failures.empty());
  CHECK(result.failures[0].failure.sqlstate == "LS002");
  CHECK(tables_with(bench, "phone") == "0");
}

TEST_CASE("a tenant that another run brought to another text is not done") {
  FleetBench bench(tenants(1, kUsers));
  REQUIRE(bench.apply(Folder::of({kDropNote}), PhaseChoice::kExpand).outcome ==
          ApplyOutcome::kDone);
  bench.db().execute("create schema t2; create table t2.users (id bigint primary key, note text)");
  bench.db().execute(other_run(
      "tenant",
      "insert into lockstep.tenant_migration (tenant, migration, state, checksum, step_list,"
      " expanded, finished, run) select id, '0003', 'done', 'other', 'list', now(), now(), 1 from"
      " lockstep.tenant where name = 't2'"));
  const ApplyResult result = bench.apply(Folder::of({kDropNote, kPhone}), PhaseChoice::kExpand);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
  CHECK(result.failures[0].failure.sqlstate == "LS002");
  CHECK_THAT(result.failures[0].failure.message, ContainsSubstring("0003"));
}

TEST_CASE("a text that another run replaces during a check is not built") {
  FleetBench bench(tenants(1, kUsers));
  bench.options().execution.locks.direct_below = 0;
  REQUIRE(bench.apply(Folder::of({kDropNote}), PhaseChoice::kExpand).outcome ==
          ApplyOutcome::kDone);
  bench.db().execute(other_run("step",
                               "update lockstep.migration set checksum = 'other'"
                               " where key = '0003'"));
  const Folder folder = Folder::of({kDropNote,
                                    {"0003_unique.sql",
                                     "-- lockstep: phase = expand\n"
                                     "CREATE UNIQUE INDEX users_name ON users (name);"}});
  const ApplyResult result = bench.apply(folder, PhaseChoice::kExpand);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  REQUIRE_FALSE(result.failures.empty());
  CHECK(result.failures[0].failure.sqlstate == "LS002");
  CHECK(bench.db().ask("select to_regclass('t1.users_name') is null") == "t");
  bench.db().execute("drop trigger other_run on lockstep.step");
  CHECK(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a tenant with another text than the recorded one is told of, until it is accepted") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = Folder::of({kPhone});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  bench.db().execute(
      "update lockstep.tenant_migration set checksum = 'other' where tenant = (select id from"
      " lockstep.tenant where name = 't2')");
  const std::vector<fleet::FileVerdict> verdicts = bench.status(folder).files;
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].kind == fleet::FileVerdict::Kind::kEdited);
  CHECK_THAT(verdicts[0].message, ContainsSubstring("t2"));
  CHECK_THROWS_WITH(bench.open()->repair(folder.files(), {}), ContainsSubstring("t2"));
  const fleet::RepairResult repaired = bench.open()->repair(folder.files(), {false, true});
  REQUIRE(repaired.edits.size() == 1);
  CHECK(repaired.edits[0].standing.with_third_text == std::vector<std::string>{"t2"});
  CHECK(repaired.edits[0].standing.with_new_text == std::vector<std::string>{"t1"});
  CHECK(bench.status(folder).files.empty());
}

TEST_CASE("an edit that says the same does not speak for a tenant with another text") {
  FleetBench bench(tenants(2, kUsers));
  REQUIRE(bench.apply(Folder::of({kPhone})).outcome == ApplyOutcome::kDone);
  bench.db().execute(
      "update lockstep.tenant_migration set checksum = 'other' where tenant = (select id from"
      " lockstep.tenant where name = 't2')");
  const Folder commented = Folder::of({{kPhone.name, "-- why\n" + kPhone.text}});
  CHECK_THROWS_WITH(bench.open()->repair(commented.files(), {}), ContainsSubstring("t2"));
  const fleet::RepairResult repaired = bench.open()->repair(commented.files(), {false, true});
  REQUIRE(repaired.edits.size() == 1);
  CHECK(repaired.edits[0].same_statements);
  CHECK(repaired.edits[0].standing.with_third_text == std::vector<std::string>{"t2"});
}

TEST_CASE("an error before a tenant's first step is that tenant's, and the others go on") {
  FleetBench bench(tenants(3, kUsers));
  bench.options().rollout.max_failures = 0;
  bench.options().rollout.jobs = 1;
  bench.options().tenants.only = "t3";
  const Folder folder = Folder::of({kDropNote});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only.clear();
  bench.db().execute(
      "create function public.full() returns trigger language plpgsql as $$ begin"
      " if new.tenant = (select id from lockstep.tenant where name = 't1') then"
      " raise exception 'no room'; end if; return new; end $$;"
      "create trigger no_room before insert on lockstep.tenant_migration for each row"
      " execute function public.full()");
  const ApplyResult result = bench.apply(folder, PhaseChoice::kExpand);
  CHECK(result.outcome == ApplyOutcome::kFailed);
  CHECK(result.tenants.failed == 1);
  CHECK(result.tenants.done == 2);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t1");
  CHECK_THAT(result.failures[0].failure.message, ContainsSubstring("no room"));
}

TEST_CASE("a step that breaks its session every time fails in that tenant, and the others go on") {
  FleetBench bench(
      tenants(2, kUsers) +
      "insert into t1.users values (1, 'x'); insert into t2.users values (1, 'x');"
      "create function public.die() returns trigger language plpgsql as $$ begin"
      " perform pg_terminate_backend(pg_backend_pid()); return new; end $$;"
      "create trigger die before update on t1.users for each row execute function public.die()");
  bench.use(std::make_unique<FakeClock>());
  bench.options().rollout.jobs = 1;
  bench.options().rollout.max_failures = 0;
  const ApplyResult result = bench.apply(Folder::of(
      {{"0001_upper.sql", "-- lockstep: phase = expand\nUPDATE users SET note = upper(name);"}}));
  CHECK(result.outcome == ApplyOutcome::kFailed);
  CHECK(result.tenants.done == 1);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t1");
  CHECK(bench.db().ask("select note from t2.users") == "X");
}

/// Sessions after the first lead to a server that is not promoted yet, for a while.
class Failover final : public database::Database {
 public:
  explicit Failover(database::Database& real) : real_(real) {}

  std::unique_ptr<database::Session> connect(const database::SessionOptions& options) override {
    const int number = ++connected_;
    if (number > 1 && number < 4) {
      throw database::DatabaseError(database::DatabaseError::Kind::kCannotConnect,
                                    std::string(core::sqlstate::kCannotConnectNow),
                                    "it is a standby now");
    }
    return real_.connect(options);
  }
  std::string description() const override { return real_.description(); }

 private:
  database::Database& real_;
  std::atomic<int> connected_ = 0;
};

TEST_CASE("a server that is not promoted yet is waited for") {
  FleetBench bench(tenants(2, kUsers));
  bench.options().rollout.jobs = 1;
  Failover failover(bench.db().database());
  const ApplyResult result = bench.apply_through(failover, Folder::of({kPhone}));
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 2);
  CHECK(bench.events().of<event::RunFinished>().size() == 1);  // whatever it has to look at again
}

TEST_CASE("a role that is set needs no privilege to build indexes") {
  FleetBench bench(
      tenants(2, kUsers) +
      "create role r_owner; create role r_deploy login noinherit; grant r_owner to r_deploy;"
      "alter schema t1 owner to r_owner; alter table t1.users owner to r_owner;"
      "alter schema t2 owner to r_owner; alter table t2.users owner to r_owner;"
      "do $$ begin execute format('grant create, temporary on database %I to r_owner',"
      " current_database()); end $$");
  bench.options().execution.locks.direct_below = 0;
  const Folder folder =
      Folder::of({{"0001_index.sql", "CREATE INDEX users_name ON users (name);"}});
  const bool set_at_login = GENERATE(false, true);
  if (set_at_login) {
    bench.db().execute("alter role r_deploy set role = 'r_owner'");
  }
  std::string connection = bench.db().connection_string();
  const std::string superuser = "user=postgres";
  connection.replace(connection.find(superuser), superuser.size(), "user=r_deploy");
  const auto database =
      postgres::open_database({connection, set_at_login ? std::string() : "r_owner"});
  const ApplyResult result = bench.apply_through(*database, folder);
  for (const fleet::TenantFailure& failure : result.failures) {
    FAIL_CHECK(failure.failure.message);
  }
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from pg_index where indisvalid and indexrelid ="
                       " any ('{t1.users_name, t2.users_name}'::regclass[])") == "2");
  // Known where it was to be seen before the role was set.
  CHECK(bench.db().ask("select count(backend_start) from lockstep.intent where"
                       " backend_start > now() - interval '1 hour'") == (set_at_login ? "0" : "2"));
  bench.db().execute(
      "drop owned by r_owner, r_deploy cascade; drop role r_deploy; drop role r_owner");
}

TEST_CASE("a run tells at its beginning how many steps it has, of both phases and all scopes") {
  FleetBench bench(tenants(2, kUsers));
  const ApplyResult result = bench.apply(Folder::of(
      {kDropNote,
       {"0002_plans.sql",
        "-- lockstep: scope = shared\nCREATE TABLE public.plans (id bigint PRIMARY KEY);"}}));
  REQUIRE(result.outcome == ApplyOutcome::kDone);
  const auto started = bench.events().of<event::RunStarted>();
  REQUIRE(started.size() == 1);
  CHECK(result.steps.done == 3);
  CHECK(started[0].steps == result.steps.done);
}

TEST_CASE("a server that takes no changes any more is left for the one that does") {
  const auto run = [](Fault& fault) {
    FleetBench bench(tenants(2, kUsers));
    bench.options().rollout.jobs = 1;
    FaultDatabase database(bench.db().database(), fault);
    return bench.apply_through(database, Folder::of({kPhone})).outcome;
  };
  Fault none(0, Fault::Where::kBefore);
  REQUIRE(run(none) == ApplyOutcome::kDone);
  // The last statement is the end of the run.
  Fault demoted(none.statements(), Fault::Where::kBefore, Fault::What::kReadOnly);
  CHECK(run(demoted) == ApplyOutcome::kDone);
  CHECK(demoted.struck());
}

}  // namespace
}  // namespace lockstep::test
