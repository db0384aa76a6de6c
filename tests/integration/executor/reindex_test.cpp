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

TEST_CASE("an index that is gone is not built again") {
  Bench bench(kSetup);
  TenantWork work = reindexing(bench);
  bench.db().execute("drop index acme.by_age");
  CHECK(bench.run(work).outcome == TenantOutcome::kFailed);
}

}  // namespace
}  // namespace lockstep::test
