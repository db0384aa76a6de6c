#pragma once

#include <string>

#include "lockstep/database/ledger.h"

namespace lockstep::postgres {

/// The states that the ledger's texts stand for. Throw std::logic_error for what it never holds.
database::MigrationState migration_state(const std::string& text);
database::StepState step_state(const std::string& text);

}  // namespace lockstep::postgres
