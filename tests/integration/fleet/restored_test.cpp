#include <cstdlib>

#include <fmt/format.h>

#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;
using fleet::PhaseChoice;
using fleet::StandingState;

const File kUsers{"0001_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY, name text);"};
const File kPhone{"0002_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"};

/// As an operator does it: schemas have other oids there.
void restore(const TestDatabase& from, const TestDatabase& to) {
  const std::string bin = shared_cluster().bin_dir().string();
  const std::string command =
      fmt::format("'{0}/pg_dump' \"{1}\" | '{0}/psql' -qX -v ON_ERROR_STOP=1 \"{2}\" >/dev/null",
                  bin, from.connection_string(), to.connection_string());
  REQUIRE(std::system(command.c_str()) == 0);
}

TEST_CASE("a restored dump knows what was applied, before anything is written there") {
  FleetBench bench("create schema t1; create schema t2");
  bench.options().tenants.only = "t1";
  const Folder folder = Folder::of({kUsers});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only.clear();
  TestDatabase copy;
  restore(bench.db(), copy);
  REQUIRE(copy.ask("select 't1'::regnamespace::oid::text") !=
          bench.db().ask("select 't1'::regnamespace::oid::text"));
  const auto fleet = bench.open(copy.database());

  const fleet::Status status = fleet->status(folder.files());
  REQUIRE(status.tenants.size() == 2);
  CHECK(status.tenants[0].state == StandingState::kCurrent);
  CHECK(status.tenants[0].version == "0001");
  CHECK(status.tenants[1].state == StandingState::kPending);
  CHECK_FALSE(fleet->history("t1", 10).empty());
  CHECK(fleet->history("t2", 10).empty());
  const fleet::Planned planned = fleet->plan(folder.files());
  CHECK(planned.problems.empty());
  CHECK(planned.current == 1);

  const Folder longer = Folder::of({kUsers, kPhone});
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  CHECK(fleet->apply(longer.files(), request, {}).outcome == ApplyOutcome::kDone);
  CHECK(fleet->status(longer.files()).tenants[1].state == StandingState::kCurrent);
  CHECK(copy.ask("select count(*) from lockstep.tenant where name = 't1'") == "1");
}

TEST_CASE("where the oids of a restored database are other tenants', names count") {
  FleetBench bench("create schema t1; create schema t2");
  bench.options().tenants.only = "t1";
  const Folder folder = Folder::of({kUsers});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  bench.options().tenants.only.clear();
  // t2 has the oid that t1 had where the dump was made, and the other way round.
  bench.db().execute(
      "update lockstep.meta set system_identifier = '7';"
      "alter schema t1 rename to t; alter schema t2 rename to t1; alter schema t rename to t2;"
      "alter table t2.users set schema t1");
  CHECK(bench.standings(folder) == "t1:current t2:pending");
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current");
}

}  // namespace
}  // namespace lockstep::test
