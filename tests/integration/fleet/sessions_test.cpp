#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

// What one tenant's migrations leave behind must not reach the next one.

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;

TEST_CASE("what opaque code leaves in its session reaches no other tenant") {
  FleetBench bench(tenants(3, "create table %s.users (id bigint primary key)"));
  bench.options().rollout.jobs = 1;
  const Folder folder = Folder::of({{"0001_ids.sql", R"sql(
-- lockstep: allow = opaque-statement, reason = "a list of ids, for a moment"
DO $$
BEGIN
  CREATE TEMP TABLE ids (id bigint);
  PERFORM set_config('search_path', 'elsewhere', false);
END
$$;
)sql"}});
  const fleet::ApplyResult result = bench.apply(folder);
  for (const fleet::TenantFailure& failure : result.failures) {
    FAIL_CHECK(failure.failure.message);
  }
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 3);
}

TEST_CASE("what opaque code leaves in its session reaches no other step") {
  FleetBench bench(tenants(2, "create table %s.users (id bigint primary key)") +
                   "create role r_left_behind");
  const Folder folder = Folder::of({{"0001_role.sql", R"sql(
-- lockstep: allow = opaque-statement, reason = "as somebody else, and for too long"
DO $$
BEGIN
  SET ROLE r_left_behind;
  SET work_mem = '123kB';
END
$$;
ALTER TABLE users ADD COLUMN phone text;
-- lockstep: allow = opaque-statement, reason = "who are we?"
DO $$
BEGIN
  IF current_user <> session_user OR current_setting('work_mem') = '123kB' THEN
    RAISE EXCEPTION 'we are %', current_user;
  END IF;
END
$$;
)sql"}});
  const fleet::ApplyResult result = bench.apply(folder);
  bench.db().execute("drop role r_left_behind");
  for (const fleet::TenantFailure& failure : result.failures) {
    FAIL_CHECK(failure.failure.message);
  }
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.steps.done == 6);
  CHECK(bench.db().ask("select count(*) from lockstep.step where attempt <> 1") == "0");
}

TEST_CASE("repeatables that read each other are applied in that order, whatever their names") {
  FleetBench bench(tenants(2, "create table %s.users (id bigint primary key)"));
  const Folder folder = Folder::of(
      {{"repeatable/zeta.sql", "CREATE OR REPLACE VIEW zeta AS SELECT id FROM users;"},
       {"repeatable/alpha.sql", "CREATE OR REPLACE VIEW alpha AS SELECT id FROM zeta;"}});
  const fleet::ApplyResult result = bench.apply(folder);
  for (const fleet::TenantFailure& failure : result.failures) {
    FAIL_CHECK(failure.failure.message);
  }
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from t2.alpha") == "0");
}

}  // namespace
}  // namespace lockstep::test
