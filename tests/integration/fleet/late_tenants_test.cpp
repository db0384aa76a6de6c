#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::PhaseChoice;

// 0004 needs what the contract of 0003 drops.
const File kFirst{"0001_users.sql",
                  "CREATE TABLE users (id bigint PRIMARY KEY, name text, note text);"};
const File kFax{"0002_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"};
const File kDrop{"0003_drop_note.sql", "ALTER TABLE users DROP COLUMN note;"};
const File kNote{"0004_note.sql", "ALTER TABLE users ADD COLUMN note jsonb;"};

Folder history() {
  return Folder::of({kFirst, kFax, kDrop, kNote});
}

std::string type_of_note(FleetBench& bench, const std::string& tenant) {
  return bench.db().ask(
      "select atttypid::regtype from pg_attribute where attname = 'note' and"
      " attrelid = '" +
      tenant + ".users'::regclass");
}

TEST_CASE("a database that nobody uses yet gets the whole history at once") {
  FleetBench bench("create schema t1; create schema t2");
  const Folder folder = history();
  const fleet::Planned planned = bench.plan(folder);
  CHECK(planned.refusals.empty());
  CHECK(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current");
  CHECK(type_of_note(bench, "t2") == "jsonb");
}

TEST_CASE("a new tenant is brought to where everybody else is") {
  FleetBench bench("create schema t1");
  const Folder folder = history();
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute("create schema t2");
  bench.options().tenants.only = GENERATE(as<std::string>{}, "", "t2");
  CHECK(bench.apply(folder, std::nullopt).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only.clear();
  CHECK(bench.standings(folder) == "t1:current t2:current");
  CHECK(type_of_note(bench, "t2") == "jsonb");
}

TEST_CASE("a release that runs elsewhere keeps its phases in a new tenant") {
  FleetBench bench("create schema t1");
  REQUIRE(bench.apply(Folder::of({kFirst, kFax}), PhaseChoice::kAll).outcome ==
          ApplyOutcome::kDone);
  const Folder release = Folder::of({kFirst, kFax, kDrop});
  REQUIRE(bench.apply(release, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute("create schema t2");
  CHECK(bench.apply(release, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(release) == "t1:expanded t2:expanded");
  CHECK(type_of_note(bench, "t2") == "text");
}

TEST_CASE("tables that an application works with are never contracted in expand") {
  FleetBench bench("create schema t1");
  REQUIRE(bench.apply(history(), PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute(
      "create schema t2; create table t2.users (id bigint primary key, name text, note text)");
  const Folder folder = history();
  REQUIRE(bench.open()->baseline(folder.files(), *core::Version::parse("1")).tenants == 2);
  CHECK(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(type_of_note(bench, "t2") == "text");
  CHECK(bench.standings(folder) == "t1:current t2:expanded");
}

TEST_CASE("a tenant that missed two releases goes through them in order") {
  FleetBench bench(
      tenants(2, "create table %s.users (id bigint primary key, name text, note text)"));
  bench.options().tenants.only = "t1";
  REQUIRE(bench.open()->baseline(history().files(), *core::Version::parse("1")).tenants == 1);
  REQUIRE(bench.apply(Folder::of({kFirst, kFax, kDrop}), PhaseChoice::kAll).outcome ==
          ApplyOutcome::kDone);
  bench.options().tenants.only = "t2";
  REQUIRE(bench.open()->baseline(history().files(), *core::Version::parse("1")).tenants == 1);
  bench.options().tenants.only.clear();

  const Folder folder = history();
  // 0004's release has begun nowhere: it is refused for t2 alone.
  const fleet::Planned early = bench.plan(folder);
  REQUIRE(early.plan.refused.size() == 1);
  CHECK(early.plan.refused[0].tenants == std::vector<std::string>{"t2"});
  CHECK_THAT(early.plan.refused[0].reasons.at(0).message, ContainsSubstring("phase-conflict"));
  CHECK(bench.apply(folder, PhaseChoice::kAll).outcome == ApplyOutcome::kRefused);
  CHECK(bench.standings(folder) == "t1:current t2:pending");

  // Now it is over for t1.
  CHECK(bench.plan(folder).plan.refused.empty());
  CHECK(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(type_of_note(bench, "t2") == "text");
  CHECK(bench.apply(folder, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current");
  CHECK(type_of_note(bench, "t2") == "jsonb");
}

}  // namespace
}  // namespace lockstep::test
