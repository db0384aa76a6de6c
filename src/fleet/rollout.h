#pragma once

#include <atomic>
#include <condition_variable>
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
#include "tally.h"
#include "wave_gates.h"

namespace lockstep::fleet {

/// Runs work in many tenants, wave by wave, on several sessions. A tenant that has to wait is put
/// aside while others go on.
class Rollout {
 public:
  Rollout(const Ports& ports, execution::Executor& executor, const FleetOptions& options,
          const StopTokens& stop);

  /// What is to be run together.
  struct Round {
    core::Phase phase = core::Phase::kExpand;
    std::vector<execution::TenantWork> works;
    std::vector<Wave> waves;
    /// Tenants that go on with stored steps, and have more to begin after that.
    std::set<std::string> more_to_come;
    /// Tenants that are left out, as they cannot be planned.
    std::set<std::string> not_planned;
  };
  /// Runs them all, those that go on with stored steps before those that begin, wave by wave, or
  /// until failures or a signal stop it. A wave begins when nobody in the ones before it is kept
  /// back. False: the round was left as soon as nobody in it could do anything but wait, since
  /// others of it now have more to begin: run another, with those that are left, whose patience is
  /// kept. Throws DatabaseError if the server cannot be reached again.
  bool run(Round round, Tally& tally);

  /// How often a session was lost.
  std::size_t losses() const noexcept { return losses_.load(); }

 private:
  /// What happens again and again.
  struct Trouble {
    int times = 0;
    core::Clock::TimePoint since;
  };
  struct Task {
    execution::TenantWork work;
    core::Clock::TimePoint not_before;
    bool started = false;
    /// Something of it was done, by this run or, of what is half way, by one before.
    bool begun = false;
    std::string step;  ///< where it waits
    std::string waits_for;
    /// Since when somebody else holds it.
    std::optional<core::Clock::TimePoint> elsewhere_since;
    /// Sessions that broke without a result in between, or a long time of work.
    Trouble breaks;
    /// Sessions that were refused, without one that was given in between.
    Trouble refusals;
  };

  class AtWork;

  void line_up(std::vector<execution::TenantWork> works, const std::vector<Wave>& waves);
  Task task_of(execution::TenantWork work);
  void open_gates(const Tally& tally);
  void work(Tally& tally);
  /// The next task that may run now; waits for one that was put aside. Nothing: no more for this
  /// worker.
  std::optional<Task> next(const Tally& tally);
  bool stopped(const Tally& tally) const;
  bool only_waiting(const Tally& tally) const;
  std::optional<Task> take_ready(const Tally& tally,
                                 std::optional<core::Clock::TimePoint>& earliest);
  void attempt(Task task, std::shared_ptr<database::Session>& session, Tally& tally);
  void settle(Task task, const execution::TenantResult& result, Tally& tally);
  void put_aside(Task task, std::chrono::milliseconds delay);
  void finish(const Task& task, const execution::TenantResult& result, Tally& tally);
  void tell_of_stopped(Tally& tally) const;
  void unreachable(Task task, const database::DatabaseError& error);
  void broke(Task task, const database::DatabaseError& error, Tally& tally);
  void again(Task task, const Trouble& trouble, const database::DatabaseError& error);
  /// Once more; whether that goes on for too long.
  bool for_too_long(Trouble& trouble) const;
  bool patient(Task& task, const execution::TenantResult& result) const;
  std::shared_ptr<database::Session> idle_session();
  std::shared_ptr<database::Session> connect();

  const Ports& ports_;
  execution::Executor& executor_;
  const FleetOptions& options_;
  const StopTokens& stop_;

  std::atomic<std::size_t> losses_{0};
  std::mutex mutex_;  ///< guards what follows, and the tally
  std::condition_variable_any changed_;
  std::optional<WaveGates> gates_;
  std::map<std::string, Task> behind_gates_;
  std::deque<Task> queue_;
  std::size_t in_hand_ = 0;              ///< tasks that some worker is at
  std::set<std::string> more_to_come_;   ///< the round's
  bool somebody_may_begin_ = false;      ///< one of them is through with what it had
  bool left_early_ = false;              ///< the round is over, though tasks wait
  std::map<std::string, Task> waiting_;  ///< of a round that was left early
  std::vector<std::shared_ptr<database::Session>> idle_;
  std::exception_ptr error_;
  core::Phase phase_ = core::Phase::kExpand;
};

}  // namespace lockstep::fleet
