#pragma once

#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::soft_delete {

/// A column that says when a row was deleted, and for each unique key that is named one that counts
/// only the rows which are not.
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::soft_delete
