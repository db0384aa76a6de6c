#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sequences/carried_over.h"
#include "sequences/column_copies.h"
#include "sequences/sync_trigger.h"

// One short transaction in which another column takes the name and the place of a column, and all
// that hangs on it.

namespace lockstep::operations {

struct Swap {
  const Replacement& replacement;
  const ColumnCopies& copies;
  const SyncTrigger& trigger;
  /// What the new column's default is; nothing: it has none.
  std::optional<std::string> default_value;
  /// The new type of a sequence that the column owns; empty: as it is.
  std::string sequence_type;
  std::string old_name;  ///< of the column from the swap on
  bool drops_old = false;
};

/// What stands in the table until the swap, or from then on.
std::string new_column_name(const Operation& operation, const std::string& column);
std::string old_column_name(const Operation& operation, const std::string& column);

/// A step in contract that nothing takes back. `loses`: in words.
plan::Step swap_step(const Maker& make, const Swap& swap, std::string title, std::string loses);

}  // namespace lockstep::operations
