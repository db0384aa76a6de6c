#pragma once

#include "support/judge.h"

namespace lockstep::operations {

/// ALTER TABLE ... ADD CONSTRAINT: what its kinds have in common.
class AddedConstraint : public Operation {
 public:
  AddedConstraint(TableTarget table, sql::ConstraintDef wanted, Origin origin);

  void request(catalog::CatalogRequest& request) const override;
  void apply(catalog::Catalog& catalog, core::Phase phase) const override;

  const TableTarget& target() const { return table_; }
  const sql::ConstraintDef& wanted() const { return wanted_; }

 private:
  TableTarget table_;
  sql::ConstraintDef wanted_;
};

}  // namespace lockstep::operations
