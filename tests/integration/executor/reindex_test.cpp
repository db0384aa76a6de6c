#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantWork;

constexpr const char* kSetup =
    "create schema acme; create table acme.users (id bigint primary key, age int);"
    "insert into acme.users select g, g from generate_series(1, 500) g;"
    "create index by_age on acme.users (age)";

std::string oid_of(Bench& bench) {
  return bench.db().ask("select 'acme.by_age'::regclass::oid");
}

/// "by_age valid, by_age_ccnew invalid"
std::string indexes(Bench& bench) {
  return bench.db().ask(
      "select string_agg(c.relname || case when i.indisvalid then ' valid' else ' invalid' end, "
      "', ' order by c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid"
      " where i.indrelid = 'acme.users'::regclass and not i.indisprimary");
}

TenantWork reindexing(Bench& bench) {
  return bench.work("acme", {{reindex("0001", 1, "by_age", "users")}});
}

/// Interrupts it while it waits for the reader, as a runner's death does.
void leave_a_try(Bench& bench) {
  const auto reader = bench.worker();
  reader->execute("begin; select from acme.users limit 1");
  const auto interrupted = bench.worker();
  interrupted->execute("set statement_timeout = '200ms'");
  CHECK_THROWS(interrupted->execute("reindex index concurrently acme.by_age"));
  reader->execute("commit");
}

TEST_CASE("an index is built again beside the old one, and only once") {
  Bench bench(kSetup);
  const std::string before = oid_of(bench);
  TenantWork work = reindexing(bench);
  CHECK(bench.run(work).why == "");
  const std::string after = oid_of(bench);
  CHECK(after != before);
  CHECK(indexes(bench) == "by_age valid");
  CHECK(bench.steps_of("acme") == "0001.1 done 1 staged");
}

/// As if the runner had been killed before it noted that the step was done.
TenantWork killed(Bench& bench) {
  TenantWork work = reindexing(bench);
  REQUIRE(bench.run(work).why == "");
  bench.db().execute(
      "update lockstep.step set state = 'running', finished = null, attempt = 1;"
      "update lockstep.tenant_migration set state = 'running', expand_left = 1,"
      " finished = null, expanded = null");
  return bench.resumed("acme");
}

TEST_CASE("what an interrupted REINDEX has left is dropped where the step had begun") {
  Bench bench(kSetup);
  TenantWork again = killed(bench);
  // It had begun with the index that is there, and came no further.
  bench.db().execute("update lockstep.intent set index_oid = 'acme.by_age'::regclass");
  leave_a_try(bench);
  REQUIRE(indexes(bench) == "by_age valid, by_age_ccnew invalid");
  const std::string before = oid_of(bench);
  CHECK(bench.run(again).why == "");
  CHECK(indexes(bench) == "by_age valid");
  CHECK(oid_of(bench) != before);
}

TEST_CASE("what somebody else's REINDEX has left is left alone") {
  Bench bench(kSetup);
  leave_a_try(bench);
  TenantWork work = reindexing(bench);
  CHECK(bench.run(work).why == "");
  CHECK(indexes(bench) == "by_age valid, by_age_ccnew invalid");
}

TEST_CASE("an index whose new one nobody noted is not built again") {
  Bench bench(kSetup);
  TenantWork again = killed(bench);
  const std::string built = oid_of(bench);
  CHECK(bench.run(again).why == "");
  CHECK(oid_of(bench) == built);
  CHECK(indexes(bench) == "by_age valid");
}

TEST_CASE("what a killed REINDEX has left goes on the way back, and the index stays") {
  Bench bench(kSetup);
  TenantWork back = killed(bench);
  bench.db().execute("update lockstep.intent set index_oid = 'acme.by_age'::regclass");
  leave_a_try(bench);
  const std::string before = oid_of(bench);
  back.back = execution::TakeBack{{"0001"}, true};
  CHECK(bench.run(back).why == "");
  CHECK(indexes(bench) == "by_age valid");
  CHECK(oid_of(bench) == before);
  CHECK(bench.db().ask("select count(*) from lockstep.step") == "0");
}

TEST_CASE("what a REINDEX of another index has left is left alone") {
  Bench bench(kSetup);
  bench.db().execute("create index by_ag on acme.users (age); create index b on acme.users (id)");
  TenantWork again = killed(bench);
  bench.db().execute("update lockstep.intent set index_oid = 'acme.by_age'::regclass");
  bench.db().execute(
      "create index by_ag_ccnew on acme.users (age);"
      "create index by_age_ccnew on acme.users (id);"
      "update pg_index set indisvalid = false where indexrelid in"
      " ('acme.by_ag_ccnew'::regclass, 'acme.by_age_ccnew'::regclass)");
  CHECK(bench.run(again).why == "");
  CHECK(indexes(bench) ==
        "b valid, by_ag valid, by_ag_ccnew invalid, by_age valid, by_age_ccnew invalid");
}

TEST_CASE("a REINDEX that is given up leaves no invalid index behind") {
  Bench bench(kSetup);
  bench.options().locks.look_every = std::chrono::milliseconds(5);
  TenantWork work = reindexing(bench);
  const std::string before = oid_of(bench);
  const auto report = bench.db().connect({"a slow report"});
  report->execute("begin isolation level repeatable read");
  report->execute("select 1");
  const auto tells_of_it = [&] {
    const auto waits = bench.events().of<execution::event::StepWaiting>();
    return std::any_of(waits.begin(), waits.end(), [&](const auto& waiting) {
      return waiting.blockers.front().pid == report->backend_pid();
    });
  };
  std::jthread time([&] {
    while (!tells_of_it()) {
    }
    bench.clock().advance(bench.options().locks.give_up_after);
  });
  CHECK(bench.run(work, {}, bench.worker()).outcome == TenantOutcome::kBlocked);
  CHECK(indexes(bench) == "by_age valid");
  CHECK(oid_of(bench) == before);
  report->execute("commit");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(oid_of(bench) != before);
}

TEST_CASE("an index is built again in another tablespace, and back where it was") {
  if (shared_cluster().major_version() < 15) return;  // in-place tablespaces
  Bench bench(kSetup);
  bench.db().execute("set allow_in_place_tablespaces = on");
  bench.db().execute("create tablespace reindex_fast location ''");
  const auto tablespace = [&] {
    return bench.db().ask(
        "select coalesce((select spcname from pg_tablespace t where t.oid = c.reltablespace),"
        " 'default') from pg_class c where c.oid = 'acme.by_age'::regclass");
  };
  plan::Step step = reindex("0001", 1, "by_age", "users");
  std::get<plan::ConcurrentBody>(step.body).sql =
      "reindex (tablespace reindex_fast) index concurrently ${schema}.by_age";
  step.undo.gives = plan::UndoGives::kExact;
  step.undo.sql = {"reindex (tablespace pg_default) index concurrently ${schema}.by_age"};
  step.undo.concurrent = true;
  TenantWork work = bench.work("acme", {{step}});
  CHECK(bench.run(work).why == "");
  CHECK(tablespace() == "reindex_fast");
  TenantWork back = bench.resumed("acme");
  back.back = execution::TakeBack{{"0001"}, true};
  CHECK(bench.run(back).why == "");
  CHECK(tablespace() == "default");
  CHECK(indexes(bench) == "by_age valid");
  bench.db().execute("drop tablespace reindex_fast");
}

TEST_CASE("an index that is gone is not built again") {
  Bench bench(kSetup);
  TenantWork work = reindexing(bench);
  bench.db().execute("drop index acme.by_age");
  CHECK(bench.run(work).outcome == TenantOutcome::kFailed);
}

}  // namespace
}  // namespace lockstep::test
