#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lockstep/sql/statement.h"
#include "support/judge.h"

namespace lockstep::operations {

/// The table's column, if its default can be changed: it exists and is no identity or generated
/// column.
const catalog::Relation* judge_default(Judge& judge, const TableTarget& target,
                                       std::string_view column);

/// "SET DEFAULT x" as it is now, or "DROP DEFAULT": what gives the present default back.
std::string default_clause(const catalog::Relation& table, std::string_view column);

void fold_default(catalog::Catalog& catalog, catalog::Relation& table, std::string_view column,
                  const std::optional<sql::Expr>& value);

}  // namespace lockstep::operations
