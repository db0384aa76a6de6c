#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lockstep/execution/executor.h"
#include "lockstep/fleet/fleet.h"

namespace lockstep::fleet {

/// How each tenant ended that a run worked on, over all of its phases. Where tenants stand is for
/// the ledger to say.
struct Tally {
  std::map<std::string, execution::TenantResult> ended;  ///< the last result of each
  std::set<std::string> refused;  ///< left out: they cannot be planned, or were changed
  /// Waves were not begun, as one before them did not end well.
  bool withheld = false;
  std::size_t steps_done = 0;
  std::size_t retried = 0;
  std::chrono::milliseconds longest_lock_wait{0};

  std::size_t count(execution::TenantOutcome outcome) const;
  /// Tenants whose end counts against max_failures.
  std::size_t failures() const {
    return count(execution::TenantOutcome::kFailed) + count(execution::TenantOutcome::kStuck) +
           count(execution::TenantOutcome::kRefused);
  }
  /// It was worked on and is not done, for a reason of its own. False for those that were never
  /// tried, and for those that vanished.
  bool failed(const std::string& tenant) const;
  /// It failed or was left out: no wave after its own may begin.
  bool kept_back(const std::string& tenant) const {
    return refused.contains(tenant) || failed(tenant);
  }
};

/// Runs work in many tenants, wave by wave, on several sessions. A tenant that has to wait is put
/// aside while others go on.
class Rollout {
 public:
  Rollout(const Ports& ports, execution::Executor& executor, const FleetOptions& options,
          const StopTokens& stop);

  /// Runs them all, wave by wave, or until failures or a signal stop it. A wave begins when nobody
  /// in the ones before it is kept back. Throws DatabaseError if the server cannot be reached
  /// again.
  void run(core::Phase phase, std::vector<execution::TenantWork> works,
           const std::vector<Wave>& waves, Tally& tally);

  /// How often a session was lost.
  std::size_t losses() const noexcept { return losses_.load(); }

 private:
  struct Task {
    execution::TenantWork work;
    core::Clock::TimePoint not_before;
    bool started = false;
    /// Since when somebody else holds it.
    std::optional<core::Clock::TimePoint> elsewhere_since;
    /// Since when sessions break, or the server cannot be reached, without a result in between.
    core::Clock::TimePoint broken_since;
    int breaks = 0;
  };

  void run_wave(std::deque<Task> tasks, Tally& tally);
  void work(Tally& tally);
  /// The next task that may run now; waits for one that was put aside. Nothing: no more for this
  /// worker.
  std::optional<Task> next(const Tally& tally);
  bool stopped(const Tally& tally) const;
  std::optional<Task> take_ready(const Tally& tally,
                                 std::optional<core::Clock::TimePoint>& earliest);
  void attempt(Task task, std::shared_ptr<database::Session>& session, Tally& tally);
  void settle(Task task, const execution::TenantResult& result, Tally& tally);
  void put_aside(Task task, std::chrono::milliseconds delay);
  void finish(const Task& task, const execution::TenantResult& result, Tally& tally);
  void unreachable(Task task, const database::DatabaseError& error);
  void broke(Task task, const database::DatabaseError& error, Tally& tally);
  void again(Task task, const database::DatabaseError& error);
  bool broken_for_long(Task& task) const;
  bool patient(Task& task, const execution::TenantResult& result) const;
  std::shared_ptr<database::Session> idle_session();
  std::shared_ptr<database::Session> connect();

  const Ports& ports_;
  execution::Executor& executor_;
  const FleetOptions& options_;
  const StopTokens& stop_;

  std::atomic<std::size_t> losses_{0};
  std::mutex mutex_;  ///< guards what follows, and the tally
  std::deque<Task> queue_;
  std::vector<std::shared_ptr<database::Session>> idle_;
  std::exception_ptr error_;
  core::Phase phase_ = core::Phase::kExpand;
};

}  // namespace lockstep::fleet
