#include "run_many.h"

#include <utility>

#include <fmt/format.h>

namespace lockstep::cli {

using fleet::ApplyOutcome;

ExitCode exit_code(ApplyOutcome outcome) {
  switch (outcome) {
    case ApplyOutcome::kDone:
      return ExitCode::kDone;
    case ApplyOutcome::kFailed:
      return ExitCode::kFailed;
    case ApplyOutcome::kInterrupted:
      return ExitCode::kInterrupted;
    case ApplyOutcome::kRefused:
    case ApplyOutcome::kStuck:
      return ExitCode::kRefused;
    case ApplyOutcome::kBlocked:
    case ApplyOutcome::kBusy:
    case ApplyOutcome::kPaused:
    case ApplyOutcome::kWaiting:
      return ExitCode::kNotFinished;
  }
  return ExitCode::kInternal;
}

std::string repeated_rollout_flags(const Context& context) {
  std::string flags;
  for (const auto& [name, value] : {std::pair{"--jobs", context.flags.jobs},
                                    std::pair{"--max-failures", context.flags.max_failures},
                                    std::pair{"--wait", context.flags.wait}}) {
    if (value) {
      flags += fmt::format(" {} {}", name, *value);
    }
  }
  return flags;
}

}  // namespace lockstep::cli
