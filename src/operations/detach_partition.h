#pragma once

#include <vector>

#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::detach_partition {

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::DetachPartition& action, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::detach_partition
