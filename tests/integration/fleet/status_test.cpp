#include <fstream>

#include "lockstep/core/error.h"
#include "lockstep/postgres/catalog_reader.h"
#include "lockstep/postgres/database.h"
#include "lockstep/postgres/ledger.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;
using fleet::PhaseChoice;
using fleet::Standing;
using fleet::StandingState;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, old text)";

TEST_CASE("a tenant is running while its lease is held, and interrupted when nobody has it") {
  FleetBench bench(tenants(2, kUsers) + "insert into t2.users values (1, 'x'), (2, 'x')");
  bench.options().rollout.max_failures = 0;
  const Folder folder =
      Folder::of({{"0001_name.sql",
                   "CREATE INDEX users_old ON users (old);\n"
                   "-- lockstep: phase = expand\nCREATE UNIQUE INDEX ON users (name);"}});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kFailed);
  // As a run leaves it that is killed in the middle of the build.
  bench.db().execute(
      "update lockstep.step set state = 'running', finished = null, sqlstate = null, message = "
      "null, hint = null,"
      " statement = null where state = 'failed'");
  const Standing left = bench.status(folder).tenants.at(1);
  CHECK(left.state == StandingState::kPending);
  CHECK(left.interrupted);
  CHECK(left.step == "0001.2");
  CHECK(left.version.empty());

  const auto worker = bench.db().connect();
  const auto lease = postgres::advisory_lease();
  const std::int64_t oid = std::stoll(bench.db().ask("select 't2'::regnamespace::oid"));
  REQUIRE(lease->try_take(*worker, {"lockstep", oid}));
  const Standing working = bench.status(folder).tenants.at(1);
  CHECK(working.state == StandingState::kRunning);
  CHECK_FALSE(working.interrupted);
  CHECK(bench.status(folder).tenants.at(0).state == StandingState::kCurrent);
}

TEST_CASE("the version shown is the one that is reached in both phases") {
  FleetBench bench(tenants(1, kUsers));
  const Folder folder =
      Folder::of({{"0001_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"},
                  {"0002_drop.sql", "ALTER TABLE users DROP COLUMN old;"},
                  {"0003_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  REQUIRE(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.status(folder).tenants.at(0).version == "0001");
  CHECK(bench.status(folder).tenants.at(0).state == StandingState::kExpanded);
  REQUIRE(bench.apply(folder, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(bench.status(folder).tenants.at(0).version == "0003");
}

TEST_CASE("a schema that was made again has nothing of its predecessor") {
  FleetBench bench(tenants(2, kUsers) + "insert into t2.users values (1, 'x'), (2, 'x')");
  bench.options().rollout.max_failures = 0;
  const Folder folder = Folder::of(
      {{"0001_unique.sql", "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name);"}});
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.status(folder).tenants.at(1).state == StandingState::kFailed);
  bench.db().execute(
      "drop schema t2 cascade; create schema t2;"
      "create table t2.users (like t1.users including all);"
      "alter table t2.users drop constraint users_name_key");
  const Standing fresh = bench.status(folder).tenants.at(1);
  CHECK(fresh.state == StandingState::kPending);
  CHECK(fresh.step.empty());
  CHECK(fresh.error.empty());
}

TEST_CASE("where tenants stand can be seen on a standby") {
  sandbox::Cluster cluster(fast_start());
  auto database = postgres::open_database({cluster.connection_string(), ""});
  database->connect({})->execute(tenants(2, kUsers));
  const auto ledger = postgres::open_ledger("lockstep");
  const auto lease = postgres::advisory_lease();
  const auto clock = core::system_clock();
  RecordedEvents events;
  fleet::FleetOptions options;
  options.tenants.pattern = "t*";
  options.execution.shared_schemas = {"public"};
  const auto open = [&] {
    return std::make_unique<fleet::Fleet>(
        fleet::Ports{*database, *ledger, *lease,
                     [](database::Session& on) { return postgres::open_catalog_reader(on); },
                     *clock, [] { return 0.5; }, events},
        options);
  };
  const Folder folder =
      Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  const bool applied = GENERATE(true, false);
  if (applied) {
    REQUIRE(open()->apply(folder.files(), {}, {}).outcome == ApplyOutcome::kDone);
  }
  cluster.stop();
  std::ofstream(cluster.data_folder() / "standby.signal").flush();
  cluster.start();
  // Another process: this one would wait for the primary that it knew.
  database = postgres::open_database({cluster.connection_string(), ""});

  const auto fleet = open();
  const fleet::Status status = fleet->status(folder.files());
  CHECK(status.ledger == applied);
  CHECK(status.tenants.at(1).state ==
        (applied ? StandingState::kCurrent : StandingState::kPending));
  CHECK(fleet->plan(folder.files()).nothing_to_do() == applied);
  CHECK(fleet->history(std::nullopt, 10).empty() == !applied);
  CHECK_THROWS_WITH(fleet->apply(folder.files(), {}, {}),
                    Catch::Matchers::ContainsSubstring("standby"));
}

}  // namespace
}  // namespace lockstep::test
