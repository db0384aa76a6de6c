#pragma once

#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "support/judge.h"

namespace lockstep::operations {

/// The operation for a constraint of any kind; one that says no where there is none for its kind.
std::vector<OperationPtr> add_constraint(const TableTarget& table, const sql::ConstraintDef& wanted,
                                         const Origin& origin);

}  // namespace lockstep::operations
