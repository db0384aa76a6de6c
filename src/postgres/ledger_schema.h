#pragma once

#include <string>
#include <vector>

namespace lockstep::postgres {

inline constexpr int kLedgerVersion = 7;

/// What brings the ledger from version `from` to kLedgerVersion, in order. `schema` is a quoted
/// identifier.
std::vector<std::string> ledger_upgrades(int from, const std::string& schema);

/// Puts the quoted schema where the text says @ledger@.
std::string in_ledger(std::string text, const std::string& schema);

}  // namespace lockstep::postgres
