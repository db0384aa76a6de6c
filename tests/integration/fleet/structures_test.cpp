#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;
using Names = std::vector<std::string>;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, old text)";

Folder change() {
  return Folder::of({{"0001_change.sql",
                      "ALTER TABLE users ADD COLUMN phone text;\n"
                      "ALTER TABLE users DROP COLUMN old;"}});
}

TEST_CASE("what somebody changes between expand and contract is noticed in that tenant") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = change();
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from lockstep.structure") == "3");
  bench.db().execute("create index odd on t2.users (name)");

  const ApplyResult result = bench.apply(folder, PhaseChoice::kContract);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  CHECK(result.tenants.done == 2);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
  CHECK_THAT(result.failures[0].failure.message, ContainsSubstring("odd"));
  CHECK_THAT(result.failures[0].failure.hint, ContainsSubstring("repair"));
  CHECK(bench.standings(folder) == "t1:current t2:expanded t3:current");

  SECTION("the change is undone") {
    bench.db().execute("drop index t2.odd");
  }
  SECTION("the change is accepted") {
    CHECK(bench.open()->repair(folder.files(), {}).structures == Names{"t2"});
  }
  CHECK(bench.apply(folder, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current t3:current");
}

TEST_CASE("Lockstep's own steps never make a tenant's structure stale") {
  FleetBench bench(tenants(2, kUsers));
  REQUIRE(bench.apply(change(), PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  const Folder longer = Folder::of({{"0001_change.sql",
                                     "ALTER TABLE users ADD COLUMN phone text;\n"
                                     "ALTER TABLE users DROP COLUMN old;"},
                                    {"0002_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"}});
  REQUIRE(bench.apply(longer, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.apply(longer, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a run that was killed recorded nothing, so there is nothing to compare with") {
  FleetBench bench(tenants(1, kUsers));
  REQUIRE(bench.apply(change(), PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute(
      "create index odd on t1.users (name); update lockstep.step set attempt = attempt + 1");
  CHECK(bench.apply(change(), PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a ledger from before structures were recorded is read as it is, and upgraded by a run") {
  FleetBench bench(tenants(2, kUsers));
  REQUIRE(bench.apply(change(), PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  bench.db().execute(
      "drop table lockstep.structure, lockstep.former, lockstep.pause;"
      "drop function lockstep.restored, lockstep.restoring, lockstep.purged, lockstep.keep;"
      "drop table lockstep.kept;"
      "drop function lockstep.text_lock, lockstep.change_texts;"
      "drop function lockstep.progress_mark; drop function lockstep.undone;"
      "drop function lockstep.undoing; drop function lockstep.checkpoint;"
      "alter table lockstep.checkpoint drop column chunk;"
      "create function lockstep.checkpoint(integer, text, bigint, jsonb, jsonb, bigint, integer,"
      " bigint) returns void language sql as '';"
      "update lockstep.meta set schema_version = 1");
  CHECK(bench.standings(change()) == "t1:expanded t2:expanded");
  CHECK(bench.apply(change(), PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select schema_version from lockstep.meta") == "7");
  CHECK(bench.standings(change()) == "t1:current t2:current");
}

TEST_CASE("mending the structure that a step failed at is no drift") {
  FleetBench bench(tenants(2, kUsers) + "insert into t2.users values (1, 'x'), (2, 'x')");
  bench.options().rollout.max_failures = 0;
  const Folder folder = Folder::of(
      {{"0001_two.sql",
        "ALTER TABLE users ADD COLUMN phone text;\n"
        "-- lockstep: phase = expand\nCREATE UNIQUE INDEX users_name ON users (name);\n"}});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kFailed);
  bench.db().execute("delete from t2.users where id = 2; create index mended on t2.users (old)");
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
}

}  // namespace
}  // namespace lockstep::test
