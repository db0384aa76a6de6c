#pragma once

#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::reindex {

/// Of an index, or of all indexes of a table.
std::vector<OperationPtr> from_statement(const sql::Reindex& statement, const Origin& origin);
/// ALTER INDEX ... SET TABLESPACE. Nothing where it is another one.
std::vector<OperationPtr> from_statement(const sql::AlterTable& statement, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::reindex
