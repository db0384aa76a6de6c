#pragma once

#include <vector>

#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::ensure_partitions {

/// YAML only: SQL has no words for it.
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::ensure_partitions
