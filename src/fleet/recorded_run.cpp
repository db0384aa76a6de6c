#include "recorded_run.h"

namespace lockstep::fleet {

using database::Session;

RecordedRun::RecordedRun(const Ports& ports, const FleetOptions& options, Control& control,
                         const StopTokens& stop)
    : ports_(ports), options_(options), control_(control), stop_(stop), begun_(ports.clock.now()) {}

void RecordedRun::begin(const std::string& command, std::size_t tenants, std::size_t steps) {
  database::RunInfo info = options_.run;
  info.command = command;
  run_ = control_.retrying([&](Session& session, database::CatalogReader&) {
    ports_.ledger.prepare(session);
    return ports_.ledger.begin_run(session, info);
  });
  executor_ = std::make_unique<execution::Executor>(
      ports_.ledger, ports_.lease, ports_.clock, ports_.jitter, ports_.events, run_,
      options_.execution, [this] { return ports_.database.connect({}); });
  rollout_ = std::make_unique<Rollout>(ports_, *executor_, options_, stop_);
  ports_.events.on(execution::event::RunStarted{run_, tenants, steps});
}

std::size_t RecordedRun::losses() const {
  return rollout_->losses() + control_.losses();
}

ApplyResult RecordedRun::work(const std::function<ApplyResult()>& round) {
  for (;;) {
    const std::size_t lost_before = losses();
    ApplyResult result = round();
    const std::string outcome(to_string(result.outcome));
    control_.retrying([&](Session& session, database::CatalogReader&) {
      ports_.ledger.end_run(session, run_, outcome);
      return true;
    });
    if (losses() == lost_before) {
      ports_.events.on(execution::event::RunFinished{outcome});
      return result;
    }
  }
}

ApplyResult RecordedRun::result_of(const std::vector<std::string>& tenants,
                                   const std::set<std::string>& left,
                                   const std::vector<std::string>& vanished) const {
  const std::size_t most = options_.rollout.max_failures;
  const bool gave_up = most > 0 && tally_.failures() >= most;
  const std::vector<plan::RefusedTenants> nobody;  // the executor says whom it refused
  ApplyResult result =
      outcome_of({tenants, left, tally_, vanished, nobody, stop_.finish.stop_requested(), gave_up});
  result.run = run_;
  result.steps = {tally_.steps_done, tally_.retried};
  result.longest_lock_wait = tally_.longest_lock_wait;
  result.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.now() - begun_);
  return result;
}

}  // namespace lockstep::fleet
