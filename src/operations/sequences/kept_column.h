#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

namespace lockstep::operations {

/// What of the column nobody could bring back: parts that use it and are not as a server has
/// printed them.
std::vector<std::string> unknown_parts(const catalog::Relation& table, const std::string& column);

/// Instead of dropping it: its foreign keys go, each in a transaction of its own, then it loses its
/// default, NOT NULL, constraints and indexes, and gets a name that nobody uses. An identity column
/// stays one: it fills itself. Precondition: is_kept(), and the table has the column.
std::vector<plan::Step> keep_column_steps(const Maker& make, const catalog::Relation& table,
                                          const catalog::Column& column);

/// The catalog after that.
void fold_keep_column(const Operation& operation, catalog::Catalog& catalog,
                      catalog::Relation& table, const std::string& column);

}  // namespace lockstep::operations
