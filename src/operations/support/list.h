#pragma once

#include <utility>
#include <vector>

#include "lockstep/operations/operation.h"

namespace lockstep::operations {

/// A list of one; unique_ptr does not go through an initialiser list.
inline std::vector<OperationPtr> one(OperationPtr operation) {
  std::vector<OperationPtr> list;
  list.push_back(std::move(operation));
  return list;
}

inline void append(std::vector<OperationPtr>& to, std::vector<OperationPtr> more) {
  for (OperationPtr& operation : more) to.push_back(std::move(operation));
}

}  // namespace lockstep::operations
