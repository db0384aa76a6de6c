// `purge` of a fleet: what is kept, what goes when its time is over, and what comes back.

#include <thread>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/postgres/database.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::PhaseChoice;
using fleet::PurgeRequest;
using fleet::PurgeResult;

const std::string kShop =
    "create table %s.users (id bigint primary key, name text, old text not null default 'o');"
    "create index users_old on %s.users (old);"
    "create table %s.orders (id int generated always as identity primary key,"
    " user_id bigint references %s.users);"
    "insert into %s.users select g, 'n' || g, 'o' || g from generate_series(1, 50) g;"
    "insert into %s.orders (user_id) select 1 + g % 50 from generate_series(1, 20) g";

Folder release() {
  return Folder::of({{"0001_drops.sql",
                      "ALTER TABLE users DROP COLUMN old;\n"
                      "DROP TABLE orders;\n"}});
}

/// A bench whose drops are kept.
std::unique_ptr<FleetBench> bench_with(int count, const std::string& more = {}) {
  auto bench = std::make_unique<FleetBench>(tenants(count, kShop) + more);
  bench->options().grace = catalog::DropGrace{604800, "lockstep_grace"};
  bench->options().execution.locks.direct_below = 0;
  return bench;
}

PurgeResult purge(FleetBench& bench, const PurgeRequest& request = {}) {
  return bench.open()->purge(request, {});
}

PurgeResult restore(FleetBench& bench, const std::string& name, const std::string& fill = {}) {
  return purge(bench, {{name}, fill, false});
}

void time_passes(FleetBench& bench) {
  bench.db().execute("update lockstep.kept set until = now()");
}

std::string columns(FleetBench& bench, const std::string& table) {
  return bench.db().ask(fmt::format(
      "select coalesce(string_agg(attname, ' ' order by attnum), 'none') from pg_attribute where"
      " attrelid = to_regclass('{}') and attnum > 0 and not attisdropped",
      table));
}

std::string in_grace(FleetBench& bench) {
  return bench.db().ask(
      "select coalesce(string_agg(relname, ' ' order by relname), 'nothing') from pg_class where"
      " relnamespace = to_regnamespace('lockstep_grace') and relkind = 'r'");
}

std::string events(FleetBench& bench) {
  return bench.db().ask(
      "select coalesce(string_agg(kind || ' ' || step, ', ' order by id), '') from lockstep.event");
}

TEST_CASE("what a grace keeps goes when it is over, and not before") {
  const auto bench = bench_with(2);
  const Folder folder = release();
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(columns(*bench, "t1.users") == "id name users_old_lockstep_0001_1");
  CHECK(in_grace(*bench) == "t1_0001_orders t2_0001_orders");
  CHECK(bench->db().ask("select to_regclass('t1.orders') is null") == "t");
  CHECK(bench->standings(folder) == "t1:current t2:current");
  // Without the column, as the new application writes.
  bench->db().execute("insert into t1.users (id, name) values (100, 'new')");
  CHECK(bench->db().ask(
            "select count(*) from lockstep.kept where until > now() + interval '6 days'") == "4");

  const PurgeResult early = purge(*bench);
  CHECK(early.run.outcome == ApplyOutcome::kDone);
  CHECK(early.plan.kept.size() == 4);
  CHECK(early.plan.chosen.empty());
  CHECK(early.run.run == 0);

  bench->db().execute("update lockstep.kept set until = now() where column_name is null");
  const PurgeResult tables = purge(*bench);
  CHECK(tables.run.outcome == ApplyOutcome::kDone);
  CHECK(tables.run.tenants.done == 2);
  CHECK(in_grace(*bench) == "nothing");
  CHECK(columns(*bench, "t1.users") == "id name users_old_lockstep_0001_1");

  const PurgeResult now = purge(*bench, {{}, {}, true});
  CHECK(now.run.outcome == ApplyOutcome::kDone);
  CHECK(columns(*bench, "t1.users") == "id name");
  CHECK(columns(*bench, "t2.users") == "id name");
  CHECK(bench->db().ask("select count(*) from lockstep.kept") == "0");
  CHECK(bench->db().ask("select count(*) from lockstep.event where kind = 'purged'") == "4");
  CHECK(bench->standings(folder) == "t1:current t2:current");
  CHECK(purge(*bench).plan.kept.empty());
}

TEST_CASE("what is kept comes back, its drop is pending again, and may be taken out of the file") {
  const auto bench = bench_with(2);
  const Folder folder = release();
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  const PurgeResult table = restore(*bench, "orders");
  CHECK(table.run.outcome == ApplyOutcome::kDone);
  CHECK(bench->db().ask("select count(*) from t2.orders") == "20");
  CHECK(
      bench->db().ask("select string_agg(conname || ' ' || convalidated, ' ' order by conname) from"
                      " pg_constraint where conrelid = 't1.orders'::regclass and contype <> 'n'") ==
      "orders_pkey true orders_user_id_fkey true");
  bench->db().execute("insert into t1.orders (user_id) values (7)");
  CHECK(bench->db().ask("select max(id) from t1.orders") == "21");
  CHECK(bench->standings(folder) == "t1:expanded t2:expanded");

  const PurgeResult column = restore(*bench, "users.old");
  CHECK(column.run.outcome == ApplyOutcome::kDone);
  CHECK(columns(*bench, "t1.users") == "id name old");
  CHECK(bench->db().ask("select attnotnull from pg_attribute where attrelid = 't1.users'::regclass"
                        " and attname = 'old'") == "t");
  CHECK(bench->db().ask(
            "select indisvalid from pg_index where indexrelid = 't1.users_old'::regclass") == "t");
  bench->db().execute("insert into t1.users (id) values (101)");
  CHECK(bench->db().ask("select old from t1.users where id = 101") == "o");
  CHECK(bench->db().ask("select count(*) from lockstep.kept") == "0");
  CHECK(restore(*bench, "users.old").plan.chosen.empty());

  SECTION("dropped again") {
    REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
    CHECK(in_grace(*bench) == "t1_0001_orders t2_0001_orders");
    time_passes(*bench);
    CHECK(purge(*bench).run.outcome == ApplyOutcome::kDone);
    CHECK(columns(*bench, "t2.users") == "id name");
  }
  SECTION("kept for good") {
    const Folder without = Folder::of({{"0002_tag.sql", "ALTER TABLE users ADD COLUMN tag text;"}});
    CHECK(bench->apply(without).outcome == ApplyOutcome::kDone);
    CHECK(bench->standings(without) == "t1:current t2:current");
    CHECK(columns(*bench, "t2.users") == "id name old tag");
  }
}

TEST_CASE("a column that must not be NULL needs a value for rows that were written without it") {
  const auto bench = bench_with(1, "alter table t1.users alter old drop default");
  const Folder folder = release();
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  bench->db().execute("insert into t1.users (id, name) values (100, 'new'), (101, 'newer')");
  const PurgeResult without = restore(*bench, "users.old");
  CHECK(without.run.outcome == ApplyOutcome::kFailed);
  REQUIRE(without.run.failures.size() == 1);
  CHECK(without.run.failures[0].failure.sqlstate == "23502");
  CHECK_THAT(without.run.failures[0].failure.message, ContainsSubstring("users.old has NULLs"));
  CHECK_THAT(without.run.failures[0].failure.hint, ContainsSubstring("--fill"));
  // It is there already, and is neither purged nor dropped again meanwhile.
  CHECK(columns(*bench, "t1.users") == "id name old");
  CHECK(purge(*bench, {{}, {}, true}).plan.chosen.size() == 1);
  CHECK(columns(*bench, "t1.users") == "id name old");
  CHECK(bench->standings(folder) == "t1:current");

  CHECK(restore(*bench, "users.old", "'was ' || name").run.outcome == ApplyOutcome::kDone);
  CHECK(bench->db().ask("select string_agg(old, ', ' order by id) from t1.users where id >= 100") ==
        "was new, was newer");
  CHECK(bench->db().ask("select attnotnull from pg_attribute where attrelid = 't1.users'::regclass"
                        " and attname = 'old'") == "t");
  CHECK(bench->db().ask("select count(*) from t1.users where old = 'o7'") == "1");
  CHECK(bench->standings(folder) == "t1:expanded");
}

TEST_CASE("what rows violate meanwhile is said, and bringing back goes on once it is mended") {
  const auto bench = bench_with(1);
  const Folder folder = release();
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  bench->db().execute("delete from t1.users where id = 5");
  const PurgeResult stopped = restore(*bench, "orders");
  CHECK(stopped.run.outcome == ApplyOutcome::kFailed);
  REQUIRE(stopped.run.failures.size() == 1);
  CHECK(stopped.run.failures[0].failure.sqlstate == "23503");
  CHECK_THAT(events(*bench), ContainsSubstring("undo-failed 0001.3"));
  bench->db().execute("delete from t1.orders where user_id = 5");
  CHECK(restore(*bench, "orders").run.outcome == ApplyOutcome::kDone);
  CHECK(bench->db().ask("select convalidated from pg_constraint where conname ="
                        " 'orders_user_id_fkey'") == "t");
}

TEST_CASE("rollback does not bring back what contract has dropped, and says nothing else") {
  const auto bench = bench_with(1);
  const Folder folder = release();
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  fleet::RollbackRequest request;
  request.to = core::Version();
  request.accept_loss = true;
  CHECK_THROWS_AS(bench->open()->rollback(folder.files(), request, {}), core::Refused);
  CHECK(in_grace(*bench) == "t1_0001_orders");
  REQUIRE(restore(*bench, "orders").run.outcome == ApplyOutcome::kDone);
  REQUIRE(restore(*bench, "users.old").run.outcome == ApplyOutcome::kDone);
  CHECK(bench->open()->rollback(folder.files(), request, {}).run.outcome == ApplyOutcome::kDone);
}

TEST_CASE("a drop whose author wrote phase = expand is taken back with what it keeps") {
  const auto bench = bench_with(1);
  const Folder folder = Folder::of(
      {{"0001_drops.sql", "-- lockstep: phase = expand\nALTER TABLE users DROP COLUMN old;\n"}});
  REQUIRE(bench->apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  REQUIRE(bench->db().ask("select count(*) from lockstep.kept") == "1");
  fleet::RollbackRequest request;
  request.to = core::Version();
  request.accept_loss = true;
  CHECK(bench->open()->rollback(folder.files(), request, {}).run.outcome == ApplyOutcome::kDone);
  CHECK(columns(*bench, "t1.users") == "id name old");
  CHECK(bench->db().ask("select count(*) from lockstep.kept") == "0");
}

TEST_CASE("tables of tenants that are gone are purged too, and are another tenant's by no name") {
  const auto bench = bench_with(2);
  const Folder folder = release();
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  bench->db().execute("drop schema t1 cascade;" + tenants(1, kShop));
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  const PurgeResult back = restore(*bench, "orders");
  CHECK(back.run.outcome == ApplyOutcome::kDone);
  CHECK(bench->db().ask("select to_regclass('t2.orders') is not null") == "t");
  time_passes(*bench);
  const PurgeResult result = purge(*bench);
  CHECK(result.run.outcome == ApplyOutcome::kDone);
  CHECK(in_grace(*bench) == "nothing");
  CHECK(bench->db().ask("select count(*) from lockstep.kept") == "0");
  CHECK(columns(*bench, "t2.users") == "id name");
}

TEST_CASE("new tenants keep nothing: nobody has missed it there") {
  FleetBench bench("create schema t1");
  bench.options().grace = catalog::DropGrace{604800, "lockstep_grace"};
  const File creates{"0001_creates.sql",
                     "CREATE TABLE users (id bigint PRIMARY KEY, old text);\n"
                     "CREATE TABLE orders (id int PRIMARY KEY);\n"};
  REQUIRE(bench.apply(Folder::of({creates})).outcome == ApplyOutcome::kDone);
  const Folder folder = Folder::of(
      {creates, {"0002_drops.sql", "ALTER TABLE users DROP COLUMN old;\nDROP TABLE orders;\n"}});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(columns(bench, "t1.users") == "id users_old_lockstep_0002_1");
  bench.db().execute("create schema t9");
  CHECK(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t9:current");
  CHECK(columns(bench, "t9.users") == "id");
  CHECK(in_grace(bench) == "t1_0002_orders");
}

TEST_CASE("a kept column is found under whatever name its table has by then") {
  const auto bench = bench_with(1);
  REQUIRE(bench->apply(release()).outcome == ApplyOutcome::kDone);
  time_passes(*bench);
  SECTION("renamed") {
    bench->db().execute("alter table t1.users rename to people");
    CHECK(purge(*bench).run.outcome == ApplyOutcome::kDone);
    CHECK(columns(*bench, "t1.people") == "id name");
  }
  SECTION("dropped by hand") {
    bench->db().execute("drop table t1.users cascade; drop table lockstep_grace.t1_0001_orders");
    CHECK(purge(*bench).run.outcome == ApplyOutcome::kDone);
    CHECK(bench->db().ask("select count(*) from lockstep.kept") == "0");
  }
}

TEST_CASE("a successor takes the names of what is kept, and makes bringing back fail") {
  const auto bench = bench_with(1);
  const Folder folder =
      Folder::of({{"0001_drops.sql", "DROP TABLE orders;\n"},
                  {"0002_again.sql",
                   "-- lockstep: phase = contract\n"
                   "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n"}});
  REQUIRE(bench->apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(columns(*bench, "t1.orders") == "id");
  CHECK(bench->db().ask("select pg_get_serial_sequence('t1.orders', 'id')") == "t1.orders_id_seq");
  const PurgeResult result = restore(*bench, "orders");
  CHECK(result.run.outcome == ApplyOutcome::kFailed);
  REQUIRE(result.run.failures.size() == 1);
  CHECK(result.run.failures[0].failure.sqlstate == "42P07");
  CHECK(in_grace(*bench) == "t1_0001_orders");
}

TEST_CASE("who may not make the schema for kept tables is told how to permit it") {
  const auto bench =
      bench_with(1,
                 "create role r_keeper login;"
                 "alter schema t1 owner to r_keeper; alter table t1.users owner to r_keeper;"
                 "alter table t1.orders owner to r_keeper;"
                 "do $$ begin execute format('grant create, temporary on database %I to r_keeper',"
                 " current_database()); end $$");
  const auto database = postgres::open_database({bench->db().connection_string(), "r_keeper"});
  const Folder first = Folder::of({{"0001_tag.sql", "ALTER TABLE users ADD COLUMN tag text;"}});
  REQUIRE(bench->apply_through(*database, first).outcome == ApplyOutcome::kDone);
  bench->db().execute(
      "do $$ begin execute format('revoke create on database %I from r_keeper',"
      " current_database()); end $$");
  const Folder drops = Folder::of({{"0001_tag.sql", "ALTER TABLE users ADD COLUMN tag text;"},
                                   {"0002_drop.sql", "DROP TABLE orders;"}});
  const fleet::ApplyResult failed = bench->apply_through(*database, drops);
  CHECK(failed.outcome == ApplyOutcome::kFailed);
  REQUIRE(failed.failures.size() == 1);
  CHECK(failed.failures[0].failure.sqlstate == "42501");
  CHECK_THAT(failed.failures[0].failure.hint,
             ContainsSubstring("CREATE SCHEMA \"lockstep_grace\" AUTHORIZATION \"r_keeper\""));
  CHECK(bench->db().ask("select to_regclass('t1.orders') is not null") == "t");
  bench->db().execute("create schema lockstep_grace authorization r_keeper");
  CHECK(bench->apply_through(*database, drops).outcome == ApplyOutcome::kDone);
  bench->db().execute("drop owned by r_keeper cascade; drop role r_keeper");
}

TEST_CASE("the schema for kept tables is nobody's tenant") {
  FleetBench bench("create schema t1; create schema t1_grace");
  bench.options().grace = catalog::DropGrace{604800, "t1_grace"};
  CHECK_THROWS_AS(bench.apply(Folder::of({})), core::InvalidInput);
}

TEST_CASE("two runs of purge at once remove everything once") {
  const auto bench = bench_with(6);
  REQUIRE(bench->apply(release()).outcome == ApplyOutcome::kDone);
  time_passes(*bench);
  std::vector<ApplyOutcome> outcomes(2);
  std::vector<std::thread> runners;
  for (ApplyOutcome& outcome : outcomes) {
    runners.emplace_back([&] { outcome = bench->open()->purge({}, {}).run.outcome; });
  }
  for (std::thread& runner : runners) runner.join();
  CHECK(outcomes == std::vector{ApplyOutcome::kDone, ApplyOutcome::kDone});
  CHECK(in_grace(*bench) == "nothing");
  CHECK(bench->db().ask("select count(*) from lockstep.event where kind = 'purged'") == "12");
}

TEST_CASE("a kept table that somebody reads is waited for, and blocked when patience ends") {
  const auto bench = bench_with(2);
  REQUIRE(bench->apply(release()).outcome == ApplyOutcome::kDone);
  time_passes(*bench);
  bench->options().execution.locks.give_up_after = std::chrono::seconds(1);
  const auto reader = bench->db().connect();
  reader->execute("begin; select from lockstep_grace.t1_0001_orders");
  const PurgeResult result = purge(*bench);
  CHECK(result.run.outcome == ApplyOutcome::kBlocked);
  CHECK(result.run.tenants.done == 1);
  CHECK(in_grace(*bench) == "t1_0001_orders");
  reader->execute("rollback");
  CHECK(purge(*bench).run.outcome == ApplyOutcome::kDone);
  CHECK(in_grace(*bench) == "nothing");
}

}  // namespace
}  // namespace lockstep::test
