#pragma once

#include <string_view>

namespace lockstep::postgres {

/// The functions through which all steps are written, as part of ledger version 1. With the marks
/// of ledger_schema.cpp.
extern const std::string_view kLedgerFunctions;
/// Of version 3: taking steps back.
extern const std::string_view kUndoFunctions;
/// Of version 6: what is kept instead of being dropped.
extern const std::string_view kKeptTables;
extern const std::string_view kKeptFunctions;

}  // namespace lockstep::postgres
