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

/// How each tenant ended, over all phases of a run.
struct Tally {
  std::map<std::string, execution::TenantResult> ended;  ///< the last result of each
  std::set<std::string> not_started;
  std::size_t steps_done = 0;
  std::size_t retried = 0;
  std::chrono::milliseconds longest_lock_wait{0};

  std::size_t count(execution::TenantOutcome outcome) const;
  /// Tenants whose end counts against max_failures.
  std::size_t failures() const { return count(execution::TenantOutcome::kFailed); }
  bool reached(const std::string& tenant) const;
};

/// Runs work in many tenants, wave by wave, on several sessions. A tenant that has to wait is put
/// aside while others go on.
class Rollout {
 public:
  Rollout(const Ports& ports, execution::Executor& executor, const FleetOptions& options,
          const StopTokens& stop);

  /// Runs them all, or until failures or a signal stop it. Throws DatabaseError if the server
  /// cannot be reached again.
  void run(core::Phase phase, std::vector<execution::TenantWork> works, Tally& tally);

  /// How often a session was lost.
  std::size_t losses() const noexcept { return losses_.load(); }

 private:
  struct Task {
    execution::TenantWork work;
    core::Clock::TimePoint not_before;
    bool started = false;
    /// Since when somebody else holds it.
    std::optional<core::Clock::TimePoint> elsewhere_since;
    core::Clock::TimePoint lost_since;
    int losses = 0;
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
  void lost(Task task, const database::DatabaseError& error);
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
