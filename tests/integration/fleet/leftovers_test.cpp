#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;

const std::string kUsers = "create table %s.users (id bigint primary key, name text)";

/// The build of the index is a step of contract.
File unique_name_file() {
  return {"0001_name.sql",
          "ALTER TABLE users ADD COLUMN a text; CREATE UNIQUE INDEX users_name ON users (name);"};
}

Folder unique_name() {
  return Folder::of({unique_name_file()});
}

constexpr const char* kInvalid =
    "update pg_index set indisvalid = false where indexrelid = 't2.users_name'::regclass";

TEST_CASE("an invalid index that a later step runs into is told before anything is changed") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = unique_name();
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute("create unique index users_name on t2.users (name)");
  bench.db().execute(kInvalid);
  const ApplyResult result = bench.apply(folder, PhaseChoice::kContract);
  CHECK(result.outcome == ApplyOutcome::kFailed);
  REQUIRE(result.preflight.size() == 1);
  const fleet::PreflightFailure& failure = result.preflight.front();
  CHECK(failure.tenant == "t2");
  CHECK(failure.remedy == "DROP INDEX CONCURRENTLY \"t2\".\"users_name\"");
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures.front().step == failure.step);
  CHECK(result.failures.front().failure.sqlstate == "42P07");
  CHECK(bench.db().ask("select count(*) from pg_indexes where indexname = 'users_name'") == "1");
  CHECK(bench.plan(folder).preflight.size() == 1);

  bench.db().execute(failure.remedy);
  CHECK(bench.apply(folder, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
}

TEST_CASE("an invalid index in the way of contract holds up nobody's expand") {
  FleetBench bench(tenants(2, kUsers));
  REQUIRE(bench.apply(unique_name(), PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute("create unique index users_name on t2.users (name)");
  bench.db().execute(kInvalid);
  const Folder longer =
      Folder::of({unique_name_file(), {"0002_b.sql", "ALTER TABLE users ADD COLUMN b text;"}});
  const ApplyResult result = bench.apply(longer, PhaseChoice::kExpand);
  CHECK(result.preflight.empty());
  CHECK(bench.db().ask("select count(*) from pg_attribute where attname = 'b' and attrelid ="
                       " 't1.users'::regclass") == "1");
}

TEST_CASE("an invalid index that Lockstep left itself stands in nobody's way") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = unique_name();
  bench.options().execution.locks.direct_below = 0;
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  // As a run that was killed in the build leaves it.
  bench.db().execute(
      "update lockstep.step s set state = 'running', finished = null, attempt = 1"
      " from lockstep.tenant t where t.id = s.tenant and t.name = 't2' and s.kind = 'concurrent';"
      "update lockstep.tenant_migration m set state = 'expanded', contract_left = 1,"
      " finished = null from lockstep.tenant t where t.id = m.tenant and t.name = 't2'");
  bench.db().execute(kInvalid);
  CHECK(bench.plan(folder).preflight.empty());
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select indisvalid from pg_index where indexrelid = "
                       "'t2.users_name'::regclass") == "t");
}

}  // namespace
}  // namespace lockstep::test
