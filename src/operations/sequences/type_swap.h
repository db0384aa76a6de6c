#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/sql/statement.h"
#include "sequences/carried_over.h"
#include "sequences/column_copies.h"
#include "sequences/steps.h"

// Another type for a column that PostgreSQL would rewrite the table for (RULES.md 8, 9): a column
// of the new type beside it, kept in step by a trigger and filled in batches; copies of its indexes
// and constraints; then one short transaction in which the new column takes the old one's name and
// place; then the old one goes.

namespace lockstep::operations {

struct TypeSwap {
  const catalog::Relation& table;
  const catalog::Column& column;
  std::string type;                     ///< as written
  std::string format;                   ///< as format_type() prints it
  std::string collation;                ///< as written; empty: the type's own
  std::optional<sql::Expr> expression;  ///< USING; nothing: converted as an assignment does
  bool lossless = false;                ///< no value can fail, and different ones stay different
  Likeness likeness = Likeness::kOther;
  /// What the new column's default is; nothing: it has none.
  std::optional<std::string> default_value;
};

/// `expression`: USING. What it reads of other columns may have two names at that time.
std::string type_sync_trigger_name(const Operation& operation, const catalog::Relation& table,
                                   const std::string& column,
                                   const std::optional<sql::Expr>& expression);

/// The column beside it.
Replacement type_replacement(const Operation& operation, const catalog::Relation& table,
                             const catalog::Column& column, bool lossless);

/// Precondition: nothing of the column cannot be copied or carried over.
std::vector<plan::Step> type_swap_steps(const Maker& make, const TypeSwap& swap);

}  // namespace lockstep::operations
