#include <thread>
#include <utility>

#include "lockstep/postgres/catalog_reader.h"
#include "lockstep/postgres/database.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"
#include "tests/support/fault_session.h"

// Steps commit without waiting for the disk: what a server forgets when it crashes is done again,
// and nobody has been told that it was done.

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;
using fleet::ApplyResult;

const std::string kUsers = "create table %s.users (id bigint primary key, name text)";

Folder add_phone() {
  return Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
}

/// Fleets of one server of their own.
class Fleets {
 public:
  explicit Fleets(const sandbox::Cluster& cluster)
      : database_(postgres::open_database({cluster.connection_string(), ""})) {
    options_.tenants.pattern = "t*";
    options_.execution.shared_schemas = {"public"};
  }

  database::Database& database() { return *database_; }
  fleet::FleetOptions& options() { return options_; }
  RecordedEvents& events() { return events_; }

  std::string ask(const std::string& query) {
    return database_->connect({})->execute(query).at(0, 0);
  }
  std::string phones() {
    return ask("select count(*) from pg_attribute where attname = 'phone' and not attisdropped");
  }

  ApplyResult apply(database::Database& database, const Folder& folder) {
    fleet::Fleet fleet({database, *ledger_, *lease_,
                        [](database::Session& on) { return postgres::open_catalog_reader(on); },
                        *clock_, [] { return 0.5; }, events_},
                       options_);
    fleet::ApplyRequest everything;
    everything.phase = fleet::PhaseChoice::kAll;
    return fleet.apply(folder.files(), everything, {});
  }

 private:
  std::unique_ptr<database::Database> database_;
  std::unique_ptr<database::Ledger> ledger_ = postgres::open_ledger("lockstep");
  std::unique_ptr<database::Lease> lease_ = postgres::advisory_lease();
  std::unique_ptr<core::Clock> clock_ = core::system_clock();
  RecordedEvents events_;
  fleet::FleetOptions options_;
};

TEST_CASE("a server that crashes in the middle of a run takes back only what the run does again") {
  sandbox::Cluster cluster(fast_start());
  Fleets fleets(cluster);
  fleets.database().connect({})->execute(tenants(20, kUsers));
  fleets.options().rollout.jobs = 2;
  std::jthread power([&] {
    while (fleets.events().of<execution::event::TenantFinished>().size() < 5) {
      std::this_thread::yield();
    }
    cluster.crash();
    cluster.start();
  });
  const ApplyResult result = fleets.apply(fleets.database(), add_phone());
  power.join();
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 20);
  CHECK(fleets.phones() == "20");
}

TEST_CASE("what a killed run did last is on the disk before another run says that it is done") {
  sandbox::Cluster cluster(fast_start());
  // Nobody else brings to the disk what was committed without waiting for it.
  cluster.configure("wal_writer_delay", "10s");
  cluster.restart();
  Fleets fleets(cluster);
  fleets.database().connect({})->execute(tenants(3, kUsers));
  const Folder folder = add_phone();
  Fault fault("set ended", Fault::Where::kBefore, Fault::What::kProcessDies);
  FaultDatabase dying(fleets.database(), fault);
  CHECK_THROWS_AS(fleets.apply(dying, folder), database::DatabaseError);
  REQUIRE(fault.struck());

  CHECK(fleets.apply(fleets.database(), folder).outcome == ApplyOutcome::kDone);
  CHECK(fleets.ask("select count(*) from lockstep.run") == "1");  // it had nothing to do
  cluster.crash();
  cluster.start();
  CHECK(fleets.phones() == "3");
  CHECK(fleets.ask("select count(*) from lockstep.tenant_migration where state = 'done'") == "3");
}

}  // namespace
}  // namespace lockstep::test
