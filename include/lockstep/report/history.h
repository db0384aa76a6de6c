#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

using History = std::vector<database::HistoryEntry>;  ///< newest first

/// `tenant`: whose history it is, if it is one tenant's.
std::string history_text(const History& history, const Style& style,
                         const std::optional<std::string>& tenant = std::nullopt);
std::string history_markdown(const History& history);
/// lockstep.history/1 (docs/cli.md).
std::string history_json(const History& history);

}  // namespace lockstep::report
