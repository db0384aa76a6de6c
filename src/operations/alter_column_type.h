#pragma once

#include <optional>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::alter_column_type {

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::AlterColumnType& action, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

/// The column that the operation changes the type of. Nothing of another operation, or where there
/// is no such column.
std::optional<catalog::ColumnName> changed_by(const Operation& operation,
                                              const catalog::Catalog& catalog);

}  // namespace lockstep::operations::alter_column_type
