#pragma once

#include <functional>
#include <stop_token>

#include "lockstep/core/clock.h"
#include "lockstep/fleet/fleet.h"
#include "lockstep/report/log.h"

namespace lockstep::cli::demo {

struct DemonstrationPorts {
  core::Clock& clock;
  core::Jitter jitter;
  /// Gets the news of both applies.
  execution::Events& events;
  /// What the demonstration itself has to say, line by line.
  std::function<void(const std::string& line)> say;
};

/// Starts a throwaway PostgreSQL with fifty tenants under live traffic, applies everything that is
/// pending with Lockstep, does the same naively on a copy, and says what the clients felt of each.
/// Leaves nothing behind. True if no query failed and every tenant is current at the end. Throws
/// what the fleet and the sandbox throw.
bool demonstrate(const DemonstrationPorts& ports, const fleet::StopTokens& stop);

}  // namespace lockstep::cli::demo
