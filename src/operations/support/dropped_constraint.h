#pragma once

#include <utility>

#include "support/judge.h"

namespace lockstep::operations {

/// ALTER TABLE ... DROP CONSTRAINT, as far as other operations must know it.
class DroppedConstraint : public Operation {
 public:
  DroppedConstraint(TableTarget table, sql::DropConstraint action, Origin origin)
      : Operation(std::move(origin)), table_(std::move(table)), action_(std::move(action)) {}

  const TableTarget& target() const { return table_; }
  const sql::DropConstraint& action() const { return action_; }

 private:
  TableTarget table_;
  sql::DropConstraint action_;
};

}  // namespace lockstep::operations
