#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/plan/step.h"

namespace lockstep::operations {

/// A step that changes the table alone: LOCK TABLE would lock its partitions and children too, so
/// where it has any the statement itself asks for the lock.
inline plan::Step alone(plan::Step step, const catalog::Relation& table) {
  if (auto* body = std::get_if<plan::TransactionBody>(&step.body); !table.partitions.empty()) {
    std::erase_if(body->lock_first,
                  [&](const plan::LockClaim& claim) { return claim.relation == table.name; });
  }
  return step;
}

}  // namespace lockstep::operations
