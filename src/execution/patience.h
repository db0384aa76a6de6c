#pragma once

#include <optional>
#include <string>

#include "lockstep/execution/executor.h"
#include "step_runner.h"

namespace lockstep::execution {

/// One wait more of `step`: counts it in `waiting`, which begins anew for another step, and says
/// after which pause to try again, at the latest when its patience ends. Nothing: it has waited
/// `give_up_after`. `jitter` in [0, 1).
std::optional<milliseconds> wait_again(std::optional<TenantWork::Waiting>& waiting,
                                       const std::string& step, const Busy& busy,
                                       const LockOptions& locks, core::Clock::TimePoint now,
                                       double jitter);

}  // namespace lockstep::execution
