#pragma once

#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/text/node.h"

namespace lockstep::operations::audit_trail {

/// A table for the changes of another one, the function that writes them down, and the trigger that
/// calls it, each an operation of its own.
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::audit_trail
