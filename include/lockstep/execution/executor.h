#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lockstep/core/clock.h"
#include "lockstep/database/lease.h"
#include "lockstep/database/ledger.h"
#include "lockstep/database/session.h"
#include "lockstep/execution/events.h"
#include "lockstep/execution/options.h"
#include "lockstep/execution/take_back.h"

namespace lockstep::execution {

/// Stops work in two stages: `finish` after the current transaction or batch, `cancel` also cancels
/// what runs on the server.
struct Stops {
  std::stop_token finish;
  std::stop_token cancel;
};

/// A migration that the tenant has not begun, with its complete steps.
struct PlannedMigration {
  database::MigrationStart start;
  std::shared_ptr<const std::vector<plan::Step>> steps;
};

/// What is to be done in one tenant. Kept between attempts: it remembers since when a step waits.
struct TenantWork {
  database::LedgerTenant tenant;  ///< with its id
  core::Phase phase = core::Phase::kExpand;
  /// To be started, in order of versions. Those that the ledger has begun meanwhile run their
  /// stored steps.
  std::vector<PlannedMigration> planned;
  /// The ledger has rows that `planned` does not say: it is read before the first step.
  bool resumes = false;
  /// Migrations that the tenant has begun, and whose steps are left to another run.
  std::set<std::string> left_out;
  /// The other way: steps are taken back, as they are stored, the last first. Then `phase`,
  /// `planned` and `left_out` mean nothing.
  std::optional<TakeBack> back = std::nullopt;
  /// Instead of both: what was kept is removed, or brought back.
  std::optional<GraceWork> grace = std::nullopt;

  struct Waiting {
    std::string step;
    int attempts = 0;
    int too_long = 0;  ///< of them, how often the step did not fit into max_hold
    core::Clock::TimePoint since;
    std::int64_t batch = 0;  ///< of a backfill: how many keys it goes on with; 0: as configured
    /// When we first saw the transactions in the way whose age we may not see.
    std::map<std::string, core::Clock::TimePoint> seen;
  };
  std::optional<Waiting> waiting;
};

/// How one attempt at a tenant ended.
struct TenantResult {
  TenantOutcome outcome = TenantOutcome::kDone;
  /// kBusy, kPaused and kWaiting: not over yet; try again after this; 0: at once, on another
  /// session. Nothing: this is the end of it.
  std::optional<milliseconds> retry_in;
  std::string step;       ///< where it stopped
  std::string migration;  ///< the step's
  std::string why;
  database::Failure failure;  ///< kFailed, kBlocked
  std::size_t steps_done = 0;
  std::size_t retried = 0;
  milliseconds longest_lock_wait{0};
  /// The session ran code of which nobody knows what it left there: no other tenant, and no other
  /// step, may get it.
  bool session_spent = false;
};

class PauseLook;
class Watchdog;

/// Opens a session. Throws DatabaseError, core::Refused.
using ConnectFunction = std::function<std::shared_ptr<database::Session>()>;

/// Runs one tenant's steps up to and including a phase, each exactly once. Thread-safe; each thread
/// brings its own session and work.
class Executor {
 public:
  /// `connect`: for the sessions that watch what concurrent builds wait for; empty: nobody does.
  Executor(database::Ledger& ledger, database::Lease& lease, core::Clock& clock,
           core::Jitter jitter, Events& events, database::RunId run, ExecutionOptions options,
           ConnectFunction connect = {});
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Takes the lease, runs what is left, gives the lease back. A step that has to wait ends the
  /// attempt with `retry_in`, so that the caller can work on other tenants. Throws DatabaseError
  /// only where the session is lost; then reconnect and run again: the ledger decides what is left.
  TenantResult run(const std::shared_ptr<database::Session>& session, TenantWork& work,
                   const Stops& stops);

 private:
  friend class TenantRun;

  double jitter();
  /// A stored list, read once for all tenants.
  std::shared_ptr<const std::vector<plan::Step>> stored_list(database::Session& session,
                                                             const std::string& hash);

  database::Ledger& ledger_;
  database::Lease& lease_;
  core::Clock& clock_;
  Events& events_;
  database::RunId run_;
  ExecutionOptions options_;
  ConnectFunction connect_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<PauseLook> pause_look_;

  std::mutex jitter_mutex_;
  core::Jitter jitter_;
  std::atomic<bool> told_of_hidden_{false};
  std::mutex lists_mutex_;
  std::map<std::string, std::shared_ptr<const std::vector<plan::Step>>> lists_;
};

/// The settings that hold for all steps: with them an executor's sessions begin.
std::vector<std::pair<std::string, std::string>> session_settings();

}  // namespace lockstep::execution
