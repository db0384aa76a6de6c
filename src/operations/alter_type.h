#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::alter_type {

/// ALTER DOMAIN.
std::vector<OperationPtr> from_statement(const std::string& text, const sql::AlterType& statement,
                                         const Origin& origin);
/// ALTER TYPE of a composite type; nothing where a sub-command is not one of attributes.
std::vector<OperationPtr> from_statement(const std::string& text, const sql::AlterTable& statement,
                                         const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::alter_type
