#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::alter_constraint {

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::AlterConstraint& action, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::alter_constraint
