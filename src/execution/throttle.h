#pragma once

#include <optional>
#include <string>

#include "step_runner.h"

namespace lockstep::execution {

/// Why backfills should pause now, or nothing. Any factor can stop, none can force.
std::optional<std::string> throttle_reason(const StepContext& context);

}  // namespace lockstep::execution
