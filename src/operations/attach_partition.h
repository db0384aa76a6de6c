#pragma once

#include <vector>

#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::attach_partition {

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::AttachPartition& action, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::attach_partition
