#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/sql/statement.h"
#include "sequences/steps.h"

// Staged ways to a new column, for what PostgreSQL would rewrite the table for.

namespace lockstep::operations {

struct NewColumn {
  const catalog::Relation& table;
  const sql::ColumnDef& definition;
  /// Value for the rows that are there; where it is not given, the default.
  std::optional<std::string> backfill;
  std::vector<std::string> reads;  ///< columns that `backfill` names
};

/// ADD COLUMN with these parts of the definition, in one instant step.
plan::Step add_column_step(const Maker& make, const NewColumn& column, bool with_default,
                           bool with_not_null);

/// Nullable, then the default, then the rows that are there, then NOT NULL if wanted.
std::vector<plan::Step> filled_column_steps(const Maker& make, const NewColumn& column);
/// What filled_column_steps() comes to, in one transaction on a small table.
std::vector<std::string> filled_column_plainly(const NewColumn& column);

/// A serial or identity column: its sequence first, as the default; identity at the end.
std::vector<plan::Step> numbered_column_steps(const Maker& make, const NewColumn& column);

}  // namespace lockstep::operations
