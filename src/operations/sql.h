#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

// The namespace is not called sql: that is the parser's.
namespace lockstep::operations::raw_sql {

std::vector<OperationPtr> from_statement(const std::string& text, const sql::OpaqueCode& statement,
                                         const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::raw_sql
