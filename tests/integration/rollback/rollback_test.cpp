// `rollback` of a fleet: what it refuses, what it takes back, and where everybody stands then.

#include <thread>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using execution::TenantOutcome;
using fleet::ApplyOutcome;
using fleet::PhaseChoice;
using fleet::RollbackRequest;
using fleet::RollbackResult;

const std::string kUsers =
    "create table %s.users (id bigint primary key, name text, old text);"
    "insert into %s.users select g, 'n' || g from generate_series(1, 50) g";

Folder release() {
  return Folder::of({{"0001_notes.sql", "CREATE TABLE notes (id int PRIMARY KEY);"},
                     {"0002_code.sql",
                      "ALTER TABLE users ADD COLUMN code text NOT NULL DEFAULT"
                      " gen_random_uuid()::text;\n"
                      "CREATE INDEX users_name_idx ON users (name);\n"
                      "ALTER TABLE users DROP COLUMN old;\n"},
                     {"0003_index.sql", "CREATE INDEX users_code_idx ON users (code);"}});
}

RollbackRequest to(const std::string& version, bool accept_loss = true) {
  RollbackRequest request;
  request.to = core::Version::parse(version);
  request.accept_loss = accept_loss;
  return request;
}

RollbackRequest half_way() {
  RollbackRequest request;
  request.accept_loss = true;
  return request;
}

RollbackResult roll_back(FleetBench& bench, const Folder& folder, const RollbackRequest& request) {
  return bench.open()->rollback(folder.files(), request, {});
}

std::string refusal(FleetBench& bench, const Folder& folder, const RollbackRequest& request) {
  try {
    roll_back(bench, folder, request);
  } catch (const core::Refused& refused) {
    std::string all;
    for (const core::Problem& reason : refused.reasons()) {
      all += reason.message + " | " + reason.remedy + "\n";
    }
    return all;
  }
  return "not refused";
}

std::string columns(FleetBench& bench, const std::string& tenant) {
  return bench.db().ask(fmt::format(
      "select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid ="
      " '{}.users'::regclass and attnum > 0 and not attisdropped",
      tenant));
}

std::string indexes(FleetBench& bench, const std::string& tenant) {
  return bench.db().ask(fmt::format(
      "select string_agg(indexrelid::regclass::text || case when indisvalid then '' else"
      " ' (invalid)' end, ' ' order by indexrelid::regclass::text) from pg_index where indrelid ="
      " '{}.users'::regclass",
      tenant));
}

std::string ledger_rows(FleetBench& bench) {
  return bench.db().ask(
      "select coalesce(string_agg(distinct migration, ' ' order by migration), "
      "'') from lockstep.tenant_migration");
}

TEST_CASE("a release is taken back, its files are edited, and run anew") {
  FleetBench bench(tenants(3, kUsers));
  bench.options().execution.locks.direct_below = GENERATE(std::int64_t{0}, std::int64_t{8 << 20});
  const Folder folder = release();
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  // The application goes on.
  bench.db().execute(
      "insert into t1.users (id, name) values (100, 'new');"
      "update t1.users set name = 'other' where id = 1");

  const RollbackResult result = roll_back(bench, folder, half_way());
  CHECK(result.run.outcome == ApplyOutcome::kDone);
  CHECK(result.run.tenants.done == 3);
  CHECK(result.run.steps.done > 0);
  CHECK(columns(bench, "t1") == "id name old");
  CHECK(indexes(bench, "t1") == "t1.users_pkey");
  CHECK(bench.db().ask("select count(*) || ' ' || min(name) filter (where id = 1) from t1.users") ==
        "51 other");
  CHECK(bench.standings(folder) == "t1:pending t2:pending t3:pending");
  CHECK(ledger_rows(bench) == "0001");
  CHECK(bench.db().ask("select to_regclass('t1.notes') is not null") == "t");

  const Folder edited = Folder::of({{"0001_notes.sql", "CREATE TABLE notes (id int PRIMARY KEY);"},
                                    {"0002_code.sql", "ALTER TABLE users ADD COLUMN tag text;"}});
  CHECK(bench.apply(edited, PhaseChoice::kAll).outcome == ApplyOutcome::kDone);
  CHECK(columns(bench, "t2") == "id name old tag");
  CHECK(bench.standings(edited) == "t1:current t2:current t3:current");
}

TEST_CASE("run twice, it takes nothing more back") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = release();
  CHECK(roll_back(bench, folder, half_way()).plan.groups.empty());  // no ledger
  bench.apply(folder, PhaseChoice::kExpand);
  CHECK(roll_back(bench, folder, half_way()).run.outcome == ApplyOutcome::kDone);
  const RollbackResult again = roll_back(bench, folder, half_way());
  CHECK(again.run.outcome == ApplyOutcome::kDone);
  CHECK(again.run.run == 0);
  CHECK(again.plan.groups.empty());
  CHECK(ledger_rows(bench) == "0001");
}

TEST_CASE("--to says what stays, and 0 that nothing does") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = release();
  bench.apply(folder, PhaseChoice::kExpand);
  CHECK(roll_back(bench, folder, to("2")).run.outcome == ApplyOutcome::kDone);
  CHECK(ledger_rows(bench) == "0001 0002");
  CHECK(indexes(bench, "t1") == "t1.users_name_idx t1.users_pkey");
  CHECK(roll_back(bench, folder, to("0")).run.outcome == ApplyOutcome::kDone);
  CHECK(ledger_rows(bench).empty());
  CHECK(bench.db().ask("select to_regclass('t2.notes') is null") == "t");
  CHECK_THROWS_AS(roll_back(bench, folder, to("17")), core::InvalidInput);
}

TEST_CASE("what is lost has to be accepted, and is named") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = release();
  bench.apply(folder, PhaseChoice::kExpand);
  const std::string why = refusal(bench, folder, to("1", false));
  CHECK_THAT(why, ContainsSubstring("0002.1 (add column code"));
  CHECK_THAT(why, ContainsSubstring("loses what was written to users.code in t1, t2"));
  CHECK_THAT(why, ContainsSubstring("--accept-loss"));
  CHECK(columns(bench, "t1") == "id name old code");
  // An index can be had again.
  CHECK(roll_back(bench, folder, to("2", false)).run.outcome == ApplyOutcome::kDone);
}

TEST_CASE("once contract has begun in a tenant, nothing is taken back") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = release();
  bench.apply(folder, PhaseChoice::kExpand);
  bench.options().tenants.only = "t2";
  REQUIRE(bench.apply(folder, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only.clear();
  const std::string why = refusal(bench, folder, to("1"));
  CHECK_THAT(why, ContainsSubstring("contract has begun in t2"));
  CHECK_THAT(why, ContainsSubstring("drop column old"));
  CHECK_THAT(why, ContainsSubstring("new migration"));
  CHECK(columns(bench, "t1") == "id name old code");
  // Who is not yet there goes back without the other.
  bench.options().tenants.only = "t1";
  CHECK(roll_back(bench, folder, to("1")).run.outcome == ApplyOutcome::kDone);
  CHECK(columns(bench, "t1") == "id name old");
  // Without a version only what is between its phases goes.
  bench.options().tenants.only.clear();
  CHECK(roll_back(bench, folder, half_way()).plan.groups.empty());
}

TEST_CASE("what was declared applied is not taken back") {
  FleetBench bench(tenants(1, kUsers));
  const Folder folder = release();
  bench.open()->baseline(folder.files(), *core::Version::parse("1"));
  bench.apply(folder, PhaseChoice::kExpand);
  CHECK_THAT(refusal(bench, folder, to("0")), ContainsSubstring("declared applied"));
  CHECK(roll_back(bench, folder, to("1")).run.outcome == ApplyOutcome::kDone);
}

TEST_CASE("what stopped in the middle is taken back as far as it came") {
  FleetBench bench(tenants(1, kUsers) + "insert into t1.users values (1000, 'n1')");
  bench.options().execution.locks.direct_below = 0;
  const Folder folder = Folder::of({{"0001_stops.sql",
                                     "CREATE INDEX users_name_idx ON users (name);\n"
                                     "-- lockstep: phase = expand\n"
                                     "CREATE UNIQUE INDEX users_name_key ON users (name);\n"}});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kFailed);
  CHECK(roll_back(bench, folder, half_way()).run.outcome == ApplyOutcome::kDone);
  CHECK(indexes(bench, "t1") == "t1.users_pkey");
  CHECK(bench.db().ask("select count(*) from lockstep.step") == "0");
  CHECK(bench.standings(folder) == "t1:pending");
}

TEST_CASE("an index that is not the step's own is left alone") {
  FleetBench bench(tenants(1, kUsers));
  bench.options().execution.locks.direct_below = 0;
  const Folder folder =
      Folder::of({{"0001_index.sql", "CREATE INDEX users_name_idx ON users (name);"}});
  bench.apply(folder);
  bench.db().execute(
      "drop index t1.users_name_idx;"
      "create index users_name_idx on t1.users (name, id)");
  const RollbackResult result = roll_back(bench, folder, to("0"));
  CHECK(result.run.outcome == ApplyOutcome::kFailed);
  REQUIRE(result.run.failures.size() == 1);
  CHECK_THAT(result.run.failures[0].failure.message, ContainsSubstring("is not the index"));
  CHECK(indexes(bench, "t1") == "t1.users_name_idx t1.users_pkey");
  CHECK(bench.standings(folder) == "t1:current");  // the step stands
  bench.db().execute("drop index t1.users_name_idx");
  CHECK(roll_back(bench, folder, to("0")).run.outcome == ApplyOutcome::kDone);
}

TEST_CASE("what a step has replaced comes back as it was, in each tenant its own") {
  FleetBench bench(tenants(2, kUsers +
                                  ";create function %s.rate() returns int language sql as 'select "
                                  "1';comment on table %s.users is 'as it was in %s'") +
                   "create or replace function t2.rate() returns int language sql as 'select 2 /* "
                   "${schema} ${schema:literal} */'");
  const Folder folder =
      Folder::of({{"0001_replaces.sql",
                   "CREATE OR REPLACE FUNCTION rate() RETURNS int LANGUAGE sql AS 'SELECT 3';\n"
                   "COMMENT ON TABLE users IS 'as it is now';\n"}});
  bench.options().rollout.max_failures = 0;
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select t1.rate() + t2.rate()") == "6");
  CHECK(roll_back(bench, folder, to("0", false)).run.outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select t1.rate() || ' ' || t2.rate()") == "1 2");
  CHECK_THAT(bench.db().ask("select prosrc from pg_proc where oid = 't2.rate()'::regprocedure"),
             ContainsSubstring("/* ${schema} ${schema:literal} */"));
  CHECK(bench.db().ask("select obj_description('t2.users'::regclass)") == "as it was in t2");
}

TEST_CASE("repeatables that came later go first") {
  FleetBench bench(tenants(1, kUsers));
  const Folder folder = Folder::of(
      {{"0001_tag.sql", "ALTER TABLE users ADD COLUMN tag text;"},
       {"repeatable/tags.sql", "CREATE OR REPLACE VIEW tags AS SELECT tag FROM users;"}});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(roll_back(bench, folder, to("0")).run.outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select to_regclass('t1.tags') is null") == "t");
  CHECK(columns(bench, "t1") == "id name old");
  CHECK(ledger_rows(bench).empty());
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
}

TEST_CASE("the shared scope goes last, and not with --tenants") {
  FleetBench bench("create table public.plans (id int primary key);" + tenants(2, kUsers));
  const Folder folder = Folder::of({{"0001_shared.sql",
                                     "-- lockstep: scope = shared\n"
                                     "ALTER TABLE public.plans ADD COLUMN price int;"},
                                    {"0002_tag.sql", "ALTER TABLE users ADD COLUMN tag text;"}});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only = "t1";
  const RollbackResult part = roll_back(bench, folder, to("0"));
  CHECK(part.run.outcome == ApplyOutcome::kDone);
  CHECK(part.plan.shared_stays);
  bench.options().tenants.only.clear();
  CHECK(roll_back(bench, folder, to("0")).run.outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from pg_attribute where attrelid = 'plans'::regclass and"
                       " attname = 'price'") == "0");
  CHECK(ledger_rows(bench).empty());
}

TEST_CASE("one tenant's failure is its own, and history has it") {
  FleetBench bench(tenants(3, kUsers));
  bench.options().rollout.max_failures = 0;
  const Folder folder = Folder::of({{"0001_tag.sql", "ALTER TABLE users ADD COLUMN tag text;"}});
  bench.apply(folder);
  bench.db().execute("create view t2.mine as select tag from t2.users");
  const RollbackResult result = roll_back(bench, folder, to("0"));
  CHECK(result.run.outcome == ApplyOutcome::kFailed);
  CHECK(result.run.tenants.done == 2);
  REQUIRE(result.run.failures.size() == 1);
  CHECK(result.run.failures[0].tenant == "t2");
  CHECK(result.run.failures[0].failure.sqlstate == "2BP01");
  CHECK(bench.standings(folder) == "t1:pending t2:current t3:pending");
  const auto states = [&](const std::string& tenant) {
    std::string all;
    for (const database::HistoryEntry& entry : bench.open()->history(tenant, 10)) {
      all += (all.empty() ? "" : " ") + entry.state + "/" + entry.command;
    }
    return all;
  };
  CHECK(states("t1") == "rolled-back/rollback undone/rollback");
  CHECK(states("t2") == "undo-failed/rollback done/apply");
  // Forward again, as long as it has not gone.
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current t3:current");
}

TEST_CASE("two runners take back what there is once, and an apply does not mix in") {
  FleetBench bench(tenants(6, kUsers));
  const Folder folder = release();
  bench.options().execution.locks.direct_below = 0;
  bench.apply(folder, PhaseChoice::kExpand);
  const auto second = bench.open();
  RollbackResult other;
  std::jthread runner([&] { other = second->rollback(folder.files(), half_way(), {}); });
  const RollbackResult result = roll_back(bench, folder, half_way());
  runner.join();
  CHECK(result.run.outcome == ApplyOutcome::kDone);
  CHECK(other.run.outcome == ApplyOutcome::kDone);
  CHECK(ledger_rows(bench) == "0001");
  CHECK(bench.db().ask("select max(n) from (select count(*) n from lockstep.event where kind ="
                       " 'undone' group by tenant, step) x") == "1");
}

TEST_CASE("a drop that was left half way may be turned around") {
  FleetBench bench(tenants(1, kUsers));
  bench.options().execution.locks.direct_below = 0;
  const Folder folder =
      Folder::of({{"0001_index.sql", "CREATE INDEX users_name_idx ON users (name);"}});
  bench.apply(folder);
  // What a runner leaves that is killed while DROP INDEX CONCURRENTLY waits.
  const std::string oid = bench.db().ask("select 't1.users_name_idx'::regclass::oid");
  bench.db().execute(
      "select lockstep.undoing(tenant, 1, step, migration, attempt) from"
      " lockstep.step");
  bench.db().execute("update lockstep.intent set index_oid = " + oid);
  bench.db().execute("update pg_index set indisvalid = false where indexrelid = " + oid);
  CHECK(bench.standings(folder) == "t1:pending");
  if (GENERATE(true, false)) {
    CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
    CHECK(indexes(bench, "t1") == "t1.users_name_idx t1.users_pkey");
  } else {
    CHECK(roll_back(bench, folder, half_way()).run.outcome == ApplyOutcome::kDone);
    CHECK(indexes(bench, "t1") == "t1.users_pkey");
  }
}

}  // namespace
}  // namespace lockstep::test
