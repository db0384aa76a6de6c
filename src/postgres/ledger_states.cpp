#include "ledger_states.h"

#include <stdexcept>

namespace lockstep::postgres {

using database::MigrationState;
using database::StepState;

MigrationState migration_state(const std::string& text) {
  for (MigrationState state : {MigrationState::kRunning, MigrationState::kExpanded,
                               MigrationState::kDone, MigrationState::kBaseline}) {
    if (text == to_string(state)) {
      return state;
    }
  }
  throw std::logic_error("unknown state of a migration in the ledger: " + text);
}

StepState step_state(const std::string& text) {
  for (StepState state :
       {StepState::kRunning, StepState::kDone, StepState::kFailed, StepState::kBlocked}) {
    if (text == to_string(state)) {
      return state;
    }
  }
  throw std::logic_error("unknown state of a step in the ledger: " + text);
}

}  // namespace lockstep::postgres
