#pragma once

#include <string_view>

namespace lockstep::postgres {

/// What a message does with transactions, read from the first words of its statements (never from
/// inside strings, bodies and comments).
struct TransactionScan {
  bool begins = false;      ///< has BEGIN or START TRANSACTION
  bool commits = false;     ///< has COMMIT, END or PREPARE TRANSACTION
  bool open_after = false;  ///< leaves a transaction open, if all goes well
  bool only_reads = true;   ///< every statement is a SELECT, SHOW, SET and the like

  /// May have changed something for good by itself, once the server got it.
  bool may_commit(bool open_before) const noexcept {
    return commits || (!open_before && !begins && !only_reads);
  }
};

TransactionScan scan_transactions(std::string_view sql, bool open_before);

}  // namespace lockstep::postgres
