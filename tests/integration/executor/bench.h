#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lockstep/execution/executor.h"
#include "lockstep/postgres/ledger.h"
#include "tests/integration/executor/hand_made_steps.h"
#include "tests/support/fake_clock.h"
#include "tests/support/pg_cluster.h"
#include "tests/support/recorded_events.h"

namespace lockstep::test {

/// A database with a ledger, tenants, and an executor that runs hand-made steps in them.
class Bench {
 public:
  explicit Bench(std::string_view setup);

  TestDatabase& db() { return db_; }
  database::Ledger& ledger() { return *ledger_; }
  database::Lease& lease() { return *lease_; }
  RecordedEvents& events() { return events_; }
  execution::ExecutionOptions& options() { return options_; }
  database::RunId run_id() const { return run_; }

  /// A session as workers have it.
  std::shared_ptr<database::Session> worker();
  /// A tenant that begins these migrations.
  execution::TenantWork work(const std::string& tenant,
                             std::vector<std::vector<plan::Step>> migrations,
                             core::Phase phase = core::Phase::kExpand);
  /// A tenant that goes on with what the ledger has.
  execution::TenantWork resumed(const std::string& tenant,
                                core::Phase phase = core::Phase::kExpand);

  execution::TenantResult run(execution::TenantWork& work);
  execution::TenantResult run(execution::TenantWork& work, const execution::Stops& stops,
                              const std::shared_ptr<database::Session>& session);
  /// Runs until it no longer asks to be tried again, on a clock that stands still otherwise.
  execution::TenantResult run_to_the_end(execution::TenantWork& work);

  /// "0007.1 done 1 staged, ..." of one tenant, in order of ids.
  std::string steps_of(const std::string& tenant);
  std::string state_of(const std::string& tenant, const std::string& migration);
  FakeClock& clock() { return clock_; }

 private:
  TestDatabase db_;
  std::unique_ptr<database::Ledger> ledger_;
  std::unique_ptr<database::Lease> lease_;
  RecordedEvents events_;
  FakeClock clock_;
  execution::ExecutionOptions options_;
  std::shared_ptr<database::Session> session_;
  database::RunId run_ = 0;
};

}  // namespace lockstep::test
