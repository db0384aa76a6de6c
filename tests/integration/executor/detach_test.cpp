#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantWork;

constexpr const char* kSetup =
    "create schema acme; create table acme.log (id bigint, at date) partition by range (at);"
    "create table acme.log_1 partition of acme.log for values from ('2024-01-01') to "
    "('2025-01-01');"
    "create table acme.log_2 partition of acme.log for values from ('2025-01-01') to "
    "('2026-01-01');"
    "insert into acme.log select g, date '2024-01-01' + g from generate_series(1, 500) g";

std::string partitions(Bench& bench) {
  return bench.db().ask(
      "select coalesce(string_agg(inhrelid::regclass || case when inhdetachpending then ' leaves' "
      "else '' end, ', ' order by inhrelid), '') from pg_inherits"
      " where inhparent = 'acme.log'::regclass");
}

TenantWork detaching(Bench& bench) {
  TenantWork expand = bench.work("acme", {{detach_partition("0001", 1, "log_1", "log")}});
  REQUIRE(bench.run(expand).outcome == TenantOutcome::kDone);
  return bench.resumed("acme", core::Phase::kContract);
}

TEST_CASE("a partition is detached concurrently, and keeps its rows") {
  Bench bench(kSetup);
  TenantWork work = detaching(bench);
  CHECK(bench.run(work).why == "");
  CHECK(partitions(bench) == "acme.log_2");
  CHECK(bench.db().ask("select count(*) from acme.log_1") == "365");
  CHECK(bench.steps_of("acme") == "0001.1 done 2 staged");
}

TEST_CASE("a detach that was interrupted between its two transactions is finished") {
  Bench bench(kSetup);
  TenantWork work = detaching(bench);
  const auto reader = bench.worker();
  reader->execute("begin; select from acme.log limit 1");
  const auto interrupted = bench.worker();
  interrupted->execute("set statement_timeout = '200ms'");
  CHECK_THROWS(
      interrupted->execute("alter table acme.log detach partition acme.log_1 concurrently"));
  REQUIRE(partitions(bench) == "acme.log_1 leaves, acme.log_2");
  reader->execute("commit");
  CHECK(bench.run(work).why == "");
  CHECK(partitions(bench) == "acme.log_2");
}

TEST_CASE("a detach whose end nobody noted is done") {
  Bench bench(kSetup);
  TenantWork work = detaching(bench);
  bench.db().execute(GENERATE(as<std::string>(), "alter table acme.log detach partition acme.log_1",
                              "drop table acme.log_1"));
  CHECK(bench.run(work).outcome == TenantOutcome::kDone);
  CHECK(partitions(bench) == "acme.log_2");
}

}  // namespace
}  // namespace lockstep::test
