#include "lockstep/core/error.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

// Somebody at a terminal looks at a plan for as long as he likes, and agrees to it.

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, note text)";

Folder require_name() {
  return Folder::of({{"0001_name.sql", "ALTER TABLE users ALTER COLUMN name SET NOT NULL;"}});
}

ApplyResult apply_shown(FleetBench& bench, const Folder& folder, const plan::Plan& shown) {
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  request.shown = &shown;
  return bench.apply(folder, request, {});
}

TEST_CASE("nothing but what was shown is begun") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = require_name();
  const plan::Plan shown = bench.plan(folder).plan;
  bench.db().execute("alter table t2.users alter column name set not null");
  const ApplyResult result = apply_shown(bench, folder, shown);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
  CHECK_THAT(result.failures[0].failure.message,
             ContainsSubstring("other steps are needed there than those that were shown"));
  CHECK(bench.standings(folder) == "t1:current t2:pending t3:current");
}

TEST_CASE("a tenant that joins while a plan is looked at takes the steps that were shown") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = require_name();
  const plan::Plan shown = bench.plan(folder).plan;
  bench.db().execute(tenants(3, kUsers).substr(tenants(2, kUsers).size()));
  CHECK(apply_shown(bench, folder, shown).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current t3:current");
}

TEST_CASE("what was expanded before is contracted with a plan that was shown") {
  FleetBench bench(tenants(2, kUsers));
  const File drop{"0001_note.sql", "ALTER TABLE users DROP COLUMN note;"};
  REQUIRE(bench.apply(Folder::of({drop}), PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  const Folder both =
      Folder::of({drop, {"0002_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  const plan::Plan shown = bench.plan(both).plan;
  CHECK(apply_shown(bench, both, shown).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(both) == "t1:current t2:current");
}

TEST_CASE("other steps in the shared schemas than those that were shown refuse the run") {
  FleetBench bench(tenants(1, kUsers) + "create table public.plans (id int primary key, old int)");
  bench.options().execution.shared_schemas = {"public"};
  const Folder folder = Folder::of(
      {{"0001_plans.sql",
        "-- lockstep: scope = shared\nALTER TABLE public.plans ALTER COLUMN old SET NOT NULL;"}});
  const plan::Plan shown = bench.plan(folder).plan;
  bench.db().execute("alter table public.plans alter column old set not null");
  CHECK_THROWS_AS(apply_shown(bench, folder, shown), core::Refused);
}

}  // namespace
}  // namespace lockstep::test
