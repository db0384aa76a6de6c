#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::set_owner {

/// Of a table, view, materialized view or sequence. `clause`: the sub-command as written.
std::vector<OperationPtr> from_statement(const sql::AlterTable& statement,
                                         const sql::OwnerTo& action, const std::string& clause,
                                         const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::set_owner
