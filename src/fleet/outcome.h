#pragma once

#include "binding.h"
#include "rollout.h"

namespace lockstep::fleet {

/// What a run came to, tenant by tenant.
struct Ending {
  const Tally& tally;
  const std::vector<std::string>& vanished;
  const std::vector<plan::RefusedTenants>& refused;
  /// Tenants that are through with expand, but not with contract, though both were asked for.
  std::set<std::string> short_of_contract;
  bool stopped = false;  ///< by a signal
};

/// Without run, times and steps: those are the run's, not its tenants'.
ApplyResult outcome_of(const Ending& ending, const std::vector<std::string>& tenants);

}  // namespace lockstep::fleet
