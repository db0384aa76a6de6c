#pragma once

#include "binding.h"
#include "rollout.h"

namespace lockstep::fleet {

/// What there is to say of a run when it ends.
struct Ending {
  const std::vector<std::string>& tenants;  ///< selected and existing
  /// Who has not reached the phase, by the last survey (fleet::short_of).
  const std::set<std::string>& left;
  const Tally& tally;
  const std::vector<std::string>& vanished;
  const std::vector<plan::RefusedTenants>& refused;
  bool stopped = false;  ///< by a signal
  bool gave_up = false;  ///< too many failed, or a wave did not end well
};

/// Where tenants stand decides, whoever brought them there; what the run met says why the others do
/// not stand there. Without run, times and steps: those are the run's, not its tenants'.
ApplyResult outcome_of(const Ending& ending);

}  // namespace lockstep::fleet
