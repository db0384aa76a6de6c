#pragma once

#include <memory>
#include <string>

#include "context.h"
#include "exit_code.h"
#include "fleet_session.h"
#include "lockstep/fleet/results.h"

// What the commands share that run something in many tenants.

namespace lockstep::cli {

ExitCode exit_code(fleet::ApplyOutcome outcome);

/// " --jobs 2 --wait 5m", as they were given.
std::string repeated_rollout_flags(const Context& context);

/// Passes on what happens, once there is somebody to show it.
class Relay : public execution::Events {
 public:
  void to(execution::Events& events) { target_ = &events; }
  void on(const execution::Event& event) override { target_->on(event); }

 private:
  execution::Events* target_ = &no_events();
};

/// What `work`, given the tokens of this process's signals, returns; shown while it happens.
template <typename Work>
auto shown(Context& context, Relay& events, const Work& work) {
  const fleet::StopTokens stop = context.signals.tokens();
  // Gone before anything else is written: it draws on the same terminal.
  const std::unique_ptr<execution::Events> display = context.output.progress(context.clock);
  events.to(*display);
  auto result = work(stop);
  events.to(no_events());
  return result;
}

}  // namespace lockstep::cli
