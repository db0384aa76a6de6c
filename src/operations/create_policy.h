#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::create_policy {

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreatePolicy& statement, const Origin& origin);

/// Whether `create` makes anew what `drop` takes away, in the same phase.
bool replaces(const Operation& drop, const Operation& create);
/// Both as one operation of one step, so that rows are neither all hidden nor all open in between.
/// Precondition: replaces().
OperationPtr replaced(const OperationPtr& drop, const OperationPtr& create);
/// Whether the operation is about a policy: what others may come before, or behind, without a
/// difference.
bool is_about_policy(const Operation& operation);

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::create_policy
