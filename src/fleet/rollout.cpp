#include "rollout.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "lockstep/core/sqlstate.h"

namespace lockstep::fleet {

using database::DatabaseError;
using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;
using std::chrono::milliseconds;

namespace {

// A server that restarts is back within minutes; longer than that, a human must look.
constexpr std::chrono::seconds kReconnectFor{300};
// So often in a row a session may break while one tenant is worked on: with the pauses in between
// half a minute, in which a server ends a session for a reason that has nothing to do with it.
constexpr int kMostBreaks = 10;
constexpr milliseconds kFirstReconnect{100};
constexpr milliseconds kLastReconnect{5000};
// How long an idle worker sleeps at most before it looks at the queue again.
constexpr milliseconds kLookAgain{200};

milliseconds reconnect_delay(int losses) {
  milliseconds delay = kFirstReconnect;
  for (int i = 1; i < losses && delay < kLastReconnect; ++i) {
    delay *= 2;
  }
  return std::min(delay, kLastReconnect);
}

/// A server that restarts refuses connections without a word; wrong passwords and the like have an
/// SQLSTATE.
bool may_come_back(const DatabaseError& error) {
  // A statement between the steps was cancelled by somebody, or by a timer of the step before: only
  // this session is in doubt.
  return error.is_transient() || error.is(core::sqlstate::kQueryCanceled) ||
         (error.kind() == DatabaseError::Kind::kCannotConnect && error.sqlstate().empty());
}

}  // namespace

std::size_t Tally::count(TenantOutcome outcome) const {
  return static_cast<std::size_t>(std::count_if(ended.begin(), ended.end(), [&](const auto& entry) {
    return entry.second.outcome == outcome;
  }));
}

bool Tally::failed(const std::string& tenant) const {
  const auto found = ended.find(tenant);
  return found != ended.end() && found->second.outcome != TenantOutcome::kDone &&
         found->second.outcome != TenantOutcome::kSkipped;
}

Rollout::Rollout(const Ports& ports, execution::Executor& executor, const FleetOptions& options,
                 const StopTokens& stop)
    : ports_(ports), executor_(executor), options_(options), stop_(stop) {}

void Rollout::run(core::Phase phase, std::vector<TenantWork> works, const std::vector<Wave>& waves,
                  Tally& tally) {
  phase_ = phase;
  std::map<std::string, TenantWork> by_name;
  for (TenantWork& work : works) {
    const std::string name = work.tenant.name;
    by_name.emplace(name, std::move(work));
  }
  bool ended_well = true;
  for (const Wave& wave : waves) {
    std::deque<Task> tasks;
    for (const std::string& tenant : wave.tenants) {
      if (const auto work = by_name.find(tenant); work != by_name.end()) {
        tasks.push_back({});
        tasks.back().work = std::move(work->second);
      }
    }
    if (!tasks.empty()) {
      // A canary that did not get there stops the waves after it, however many failures are allowed
      // within a wave.
      tally.withheld = tally.withheld || !ended_well;
      if (tally.withheld || stopped(tally)) {
        return;
      }
      ports_.events.on(execution::event::WaveStarted{wave.name, phase, tasks.size(),
                                                     tasks.front().work.back.has_value()});
      run_wave(std::move(tasks), tally);
    }
    ended_well = ended_well && std::none_of(wave.tenants.begin(), wave.tenants.end(),
                                            [&](const auto& t) { return tally.kept_back(t); });
  }
}

void Rollout::run_wave(std::deque<Task> tasks, Tally& tally) {
  queue_ = std::move(tasks);
  const std::size_t workers = std::clamp<std::size_t>(options_.rollout.jobs, 1, queue_.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      threads.emplace_back([this, &tally] { work(tally); });
    }
  }
  if (error_) {
    std::rethrow_exception(std::exchange(error_, nullptr));
  }
  queue_.clear();  // whom the run did not come to; the ledger says where they stand
}

void Rollout::work(Tally& tally) {
  try {
    std::shared_ptr<database::Session> session;
    while (std::optional<Task> task = next(tally)) {
      attempt(std::move(*task), session, tally);
    }
    if (session && session->alive() && !stop_.finish.stop_requested()) {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(session));
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!error_) {
      error_ = std::current_exception();
    }
  }
}

bool Rollout::stopped(const Tally& tally) const {
  const std::size_t most = options_.rollout.max_failures;
  return stop_.finish.stop_requested() || error_ != nullptr ||
         (most > 0 && tally.failures() >= most);
}

/// In order, those that may run now; after too many failures only those that have started already.
std::optional<Rollout::Task> Rollout::take_ready(const Tally& tally,
                                                 std::optional<core::Clock::TimePoint>& earliest) {
  if (stop_.finish.stop_requested() || error_) {
    return std::nullopt;
  }
  const auto now = ports_.clock.now();
  const bool only_started = stopped(tally);
  for (auto task = queue_.begin(); task != queue_.end(); ++task) {
    if (only_started && !task->started) {
      continue;
    }
    if (task->not_before <= now) {
      Task taken = std::move(*task);
      queue_.erase(task);
      return taken;
    }
    earliest = earliest ? std::min(*earliest, task->not_before) : task->not_before;
  }
  return std::nullopt;
}

std::optional<Rollout::Task> Rollout::next(const Tally& tally) {
  for (;;) {
    std::optional<core::Clock::TimePoint> earliest;
    milliseconds wait = kLookAgain;
    {
      const std::lock_guard lock(mutex_);
      if (std::optional<Task> task = take_ready(tally, earliest)) {
        task->started = true;
        return task;
      }
      if (!earliest) {
        return std::nullopt;  // what others have in hand they put aside, and take up again,
                              // themselves
      }
      const auto until = std::chrono::ceil<milliseconds>(*earliest - ports_.clock.now());
      wait = std::clamp(until, milliseconds(1), kLookAgain);
    }
    if (!ports_.clock.sleep_for(wait, stop_.finish)) {
      return std::nullopt;
    }
  }
}

void Rollout::attempt(Task task, std::shared_ptr<database::Session>& session, Tally& tally) {
  try {
    if (!session || !session->alive()) {
      session = idle_session();
    }
  } catch (const DatabaseError& error) {
    session.reset();
    unreachable(std::move(task), error);
    return;
  }
  try {
    const TenantResult result = executor_.run(session, task.work, {stop_.finish, stop_.cancel});
    if (result.session_spent) {
      session.reset();
    }
    task.breaks = 0;
    settle(std::move(task), result, tally);
  } catch (const DatabaseError& error) {
    // Whatever became of it: a new session has no lease and no settings left from this one.
    session.reset();
    broke(std::move(task), error, tally);
  }
}

void Rollout::settle(Task task, const TenantResult& result, Tally& tally) {
  {
    const std::lock_guard lock(mutex_);
    tally.steps_done += result.steps_done;
    tally.retried += result.retried;
    tally.longest_lock_wait = std::max(tally.longest_lock_wait, result.longest_lock_wait);
  }
  if (result.retry_in && patient(task, result)) {
    put_aside(std::move(task), *result.retry_in);
    return;
  }
  finish(task, result, tally);
}

/// Somebody else's tenant is waited for as long as the operator allows; the executor itself says
/// when a step has waited long enough.
bool Rollout::patient(Task& task, const TenantResult& result) const {
  const bool elsewhere = result.outcome == TenantOutcome::kBusy && result.step.empty();
  if (!elsewhere) {
    task.elsewhere_since.reset();
    return true;
  }
  const auto now = ports_.clock.now();
  if (!task.elsewhere_since) {
    task.elsewhere_since = now;
  }
  return now - *task.elsewhere_since < options_.rollout.wait;
}

void Rollout::put_aside(Task task, milliseconds delay) {
  task.not_before = ports_.clock.now() + delay;
  // Whoever did it meanwhile, the ledger says what is left.
  task.work.resumes = true;
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(task));
}

void Rollout::finish(const Task& task, const TenantResult& result, Tally& tally) {
  ports_.events.on(execution::event::TenantFinished{task.work.tenant.name, phase_, result.outcome,
                                                    result.why, task.work.back.has_value()});
  const std::lock_guard lock(mutex_);
  tally.ended[task.work.tenant.name] = result;
}

bool Rollout::broken_for_long(Task& task) const {
  const auto now = ports_.clock.now();
  if (task.breaks++ == 0) {
    task.broken_since = now;
  }
  return now - task.broken_since >= kReconnectFor;
}

/// No session is to be had, for this tenant as for any other: that ends the run.
void Rollout::unreachable(Task task, const DatabaseError& error) {
  ++losses_;
  if (broken_for_long(task) || !may_come_back(error)) {
    throw error;
  }
  again(std::move(task), error);
}

/// What goes wrong on the session of one tenant is that tenant's failure, and never ends the run of
/// the others: not even a step that breaks its backend time and again.
void Rollout::broke(Task task, const DatabaseError& error, Tally& tally) {
  if (error.kind() != DatabaseError::Kind::kServer) {
    ++losses_;
  }
  const bool over = broken_for_long(task) || task.breaks > kMostBreaks;
  if (!over && error.is_transient()) {
    again(std::move(task), error);
    return;
  }
  TenantResult result;
  result.outcome = TenantOutcome::kFailed;
  result.why = error.what();
  result.failure = {error.sqlstate(), error.what(), error.hint(), {}};
  finish(task, result, tally);
}

void Rollout::again(Task task, const DatabaseError& error) {
  const milliseconds delay = reconnect_delay(task.breaks);
  ports_.events.on(execution::event::Reconnecting{error.what(), delay, task.work.tenant.name});
  put_aside(std::move(task), delay);
}

std::shared_ptr<database::Session> Rollout::idle_session() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      std::shared_ptr<database::Session> session = std::move(idle_.back());
      idle_.pop_back();
      if (session->alive()) {
        return session;
      }
    }
  }
  return connect();
}

std::shared_ptr<database::Session> Rollout::connect() {
  database::SessionOptions how;
  how.settings = execution::session_settings();
  return ports_.database.connect(how);
}

}  // namespace lockstep::fleet
