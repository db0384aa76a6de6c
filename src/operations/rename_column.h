#pragma once

#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::rename_column {

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::rename_column
