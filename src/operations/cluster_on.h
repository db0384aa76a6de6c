#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::cluster_on {

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::ClusterOn& action,
                                         const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::cluster_on
