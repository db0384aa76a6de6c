#pragma once

#include <utility>

#include "support/table_action.h"

namespace lockstep::operations {

/// ALTER TABLE ... DROP CONSTRAINT, as far as other operations must know it.
class DroppedConstraint : public TableAction {
 public:
  DroppedConstraint(TableTarget table, sql::DropConstraint action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  const sql::DropConstraint& action() const { return action_; }

 private:
  sql::DropConstraint action_;
};

}  // namespace lockstep::operations
