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
// A session that did that much before it broke was not broken by what the tenant's step does.
constexpr std::chrono::minutes kWorkedLong{1};
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

Rollout::Rollout(const Ports& ports, execution::Executor& executor, const FleetOptions& options,
                 const StopTokens& stop)
    : ports_(ports), executor_(executor), options_(options), stop_(stop) {}

/// As it was left in the round before, where it waited there.
Rollout::Task Rollout::task_of(TenantWork work) {
  Task task;
  if (const auto known = waiting_.find(work.tenant.name); known != waiting_.end()) {
    task = std::move(known->second);
    work.waiting = std::move(task.work.waiting);
  }
  // That a tenant has expanded is no beginning of its contract, nor of its way back.
  task.begun =
      task.begun || (work.resumes && phase_ == core::Phase::kExpand && !work.back && !work.grace);
  task.work = std::move(work);
  return task;
}

/// Behind their gates, in the order of rollout.
void Rollout::line_up(std::vector<TenantWork> works, const std::vector<Wave>& waves) {
  for (TenantWork& work : works) {
    const std::string name = work.tenant.name;
    behind_gates_.emplace(name, task_of(std::move(work)));
  }
  waiting_.clear();
  std::set<std::string> in_waves;
  for (const Wave& wave : waves) {
    in_waves.insert(wave.tenants.begin(), wave.tenants.end());
  }
  std::erase_if(behind_gates_, [&](const auto& entry) { return !in_waves.contains(entry.first); });
}

bool Rollout::run(Round round, Tally& tally) {
  phase_ = round.phase;
  WaveGates::Who who{{}, round.more_to_come, std::move(round.not_planned)};
  for (const TenantWork& work : round.works) {
    who.members.push_back({work.tenant.name, work.resumes});
  }
  line_up(std::move(round.works), round.waves);
  gates_.emplace(std::move(round.waves), std::move(who));
  more_to_come_ = std::move(round.more_to_come);
  somebody_may_begin_ = false;
  left_early_ = false;
  if (!behind_gates_.empty() && !stopped(tally)) {
    const std::size_t workers =
        std::clamp<std::size_t>(options_.rollout.jobs, 1, behind_gates_.size());
    open_gates(tally);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      threads.emplace_back([this, &tally] { work(tally); });
    }
  }
  if (error_) {
    std::rethrow_exception(std::exchange(error_, nullptr));
  }
  if (stop_.finish.stop_requested()) {
    tell_of_stopped(tally);
  }
  if (left_early_) {
    for (Task& task : queue_) {
      const std::string name = task.work.tenant.name;
      waiting_.emplace(name, std::move(task));
    }
  } else {
    // A canary that did not get there stops the waves after it, however many failures are allowed
    // within a wave.
    tally.withheld = tally.withheld || gates_->withheld(tally);
  }
  queue_.clear();  // whom the run did not come to; the ledger says where they stand
  behind_gates_.clear();
  return !left_early_;
}

/// Those who go on before those who begin.
void Rollout::open_gates(const Tally& tally) {
  for (const WaveGates::Opened& opened : gates_->open(tally)) {
    const bool back = behind_gates_.at(opened.tenants.front()).work.back.has_value();
    ports_.events.on(
        execution::event::WaveStarted{opened.wave, phase_, opened.tenants.size(), back});
    std::deque<Task> go_on;
    for (const std::string& tenant : opened.tenants) {
      Task task = std::move(behind_gates_.extract(tenant).mapped());
      (task.work.resumes ? go_on : queue_).push_back(std::move(task));
    }
    queue_.insert(queue_.begin(), std::make_move_iterator(go_on.begin()),
                  std::make_move_iterator(go_on.end()));
  }
}

/// While a worker has a task in hand.
class Rollout::AtWork {
 public:
  explicit AtWork(Rollout& rollout) : rollout_(rollout) {}
  ~AtWork() {
    const std::lock_guard lock(rollout_.mutex_);
    --rollout_.in_hand_;
    rollout_.changed_.notify_all();
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  Rollout& rollout_;
};

void Rollout::work(Tally& tally) {
  try {
    std::shared_ptr<database::Session> session;
    while (std::optional<Task> task = next(tally)) {
      const AtWork at_work(*this);
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
    changed_.notify_all();
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

/// Nobody in the round can do anything but wait, and others of it have more to begin by now.
bool Rollout::only_waiting(const Tally& tally) const {
  return in_hand_ == 0 && somebody_may_begin_ && !stopped(tally);
}

std::optional<Rollout::Task> Rollout::next(const Tally& tally) {
  for (;;) {
    std::optional<core::Clock::TimePoint> earliest;
    milliseconds wait = kLookAgain;
    {
      std::unique_lock lock(mutex_);
      if (left_early_) {
        return std::nullopt;
      }
      if (std::optional<Task> task = take_ready(tally, earliest)) {
        task->started = true;
        ++in_hand_;
        return task;
      }
      if (!earliest) {
        if (in_hand_ == 0 || behind_gates_.empty() || stopped(tally)) {
          changed_.notify_all();
          return std::nullopt;  // what others have in hand they put aside, and take up again,
                                // themselves
        }
        changed_.wait(lock, stop_.finish, [&] {
          return !queue_.empty() || in_hand_ == 0 || stopped(tally) || left_early_;
        });
        continue;
      }
      if (only_waiting(tally)) {
        left_early_ = true;
        changed_.notify_all();
        return std::nullopt;
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
  task.refusals = {};
  const auto begun = ports_.clock.now();
  try {
    const TenantResult result = executor_.run(session, task.work, {stop_.finish, stop_.cancel});
    if (result.session_spent) {
      session.reset();
    }
    task.breaks = {};
    settle(std::move(task), result, tally);
  } catch (const DatabaseError& error) {
    // Whatever became of it: a new session has no lease and no settings left from this one.
    session.reset();
    if (ports_.clock.now() - begun >= kWorkedLong) {
      task.breaks = {};
    }
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
    task.begun = task.begun || result.steps_done > 0 || !result.step.empty();
    task.step = result.step;
    task.waits_for = result.why;
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
  if (delay.count() == 0) {
    queue_.push_front(std::move(task));
  } else {
    queue_.push_back(std::move(task));
  }
}

void Rollout::finish(const Task& task, const TenantResult& result, Tally& tally) {
  ports_.events.on(execution::event::TenantFinished{task.work.tenant.name, phase_, result.outcome,
                                                    result.why, task.work.back.has_value()});
  const std::string& tenant = task.work.tenant.name;
  const std::lock_guard lock(mutex_);
  tally.end(tenant, result);
  somebody_may_begin_ = somebody_may_begin_ ||
                        (result.outcome == TenantOutcome::kDone && more_to_come_.contains(tenant));
  gates_->ended(tenant);
  open_gates(tally);
}

/// Those that a signal found waiting are not as good as never begun.
void Rollout::tell_of_stopped(Tally& tally) const {
  for (const Task& task : queue_) {
    if (!task.begun) {
      continue;
    }
    TenantResult result;
    result.outcome = TenantOutcome::kInterrupted;
    result.step = task.step;
    result.why = task.waits_for.empty()
                     ? "stopped by a signal before its turn to go on"
                     : fmt::format("stopped by a signal while it waited: {}", task.waits_for);
    result.failure.message = result.why;
    ports_.events.on(execution::event::TenantFinished{task.work.tenant.name, phase_, result.outcome,
                                                      result.why, task.work.back.has_value()});
    tally.end(task.work.tenant.name, std::move(result));
  }
}

bool Rollout::for_too_long(Trouble& trouble) const {
  const auto now = ports_.clock.now();
  if (trouble.times++ == 0) {
    trouble.since = now;
  }
  return now - trouble.since >= kReconnectFor;
}

/// No session is to be had, for this tenant as for any other: that ends the run.
void Rollout::unreachable(Task task, const DatabaseError& error) {
  ++losses_;
  if (for_too_long(task.refusals) || !may_come_back(error)) {
    throw error;
  }
  const Trouble refusals = task.refusals;
  again(std::move(task), refusals, error);
}

/// What goes wrong on the session of one tenant is that tenant's failure, and never ends the run of
/// the others: not even a step that breaks its backend time and again.
void Rollout::broke(Task task, const DatabaseError& error, Tally& tally) {
  if (error.kind() != DatabaseError::Kind::kServer) {
    ++losses_;
  }
  const bool over = for_too_long(task.breaks) || task.breaks.times > kMostBreaks;
  if (!over && error.is_transient()) {
    const Trouble breaks = task.breaks;
    again(std::move(task), breaks, error);
    return;
  }
  TenantResult result;
  result.outcome = TenantOutcome::kFailed;
  result.why = error.what();
  result.failure = {error.sqlstate(), error.what(), error.hint(), {}};
  finish(task, result, tally);
}

void Rollout::again(Task task, const Trouble& trouble, const DatabaseError& error) {
  const milliseconds delay = reconnect_delay(trouble.times);
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
