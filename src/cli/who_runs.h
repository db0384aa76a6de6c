#pragma once

#include "lockstep/database/ledger.h"

namespace lockstep::cli {

/// Host, user of the operating system and version: who stands in the ledger for what this process
/// does.
database::RunInfo who_runs();

}  // namespace lockstep::cli
