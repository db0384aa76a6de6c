#include <memory>
#include <random>

#include "commands.h"
#include "demo/demonstration.h"

namespace lockstep::cli {

ExitCode run_demo(Context& context) {
  const fleet::StopTokens stop = context.signals.tokens();
  const std::unique_ptr<execution::Events> events = context.output.progress(context.clock);
  const demo::DemonstrationPorts ports{
      context.clock,
      [engine = std::mt19937(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
      },
      *events, [&context](const std::string& line) { context.output.say(line + "\n"); }};
  const bool flawless = demo::demonstrate(ports, stop);
  if (context.signals.stopped()) {
    return ExitCode::kInterrupted;
  }
  return flawless ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace lockstep::cli
