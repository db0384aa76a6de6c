#pragma once

#include <chrono>

namespace lockstep::execution {

/// How long to stay away after the n-th failed attempt (from 1). Never less than ten lock timeouts,
/// so that the application is delayed for a tenth of the time at most (EXECUTION.md 1.2), and
/// jittered, so that runners do not come back together. `jitter` is in [0, 1).
std::chrono::milliseconds retry_delay(std::chrono::milliseconds lock_timeout, int attempt,
                                      double jitter);

/// While somebody holds the lock for long: how often to look again.
std::chrono::milliseconds census_delay(int attempt, double jitter);

}  // namespace lockstep::execution
