#pragma once

#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

using History = std::vector<database::HistoryEntry>;  ///< newest first

std::string history_text(const History& history, const Style& style);
std::string history_markdown(const History& history);
/// lockstep.history/1 (docs/cli.md).
std::string history_json(const History& history);

}  // namespace lockstep::report
