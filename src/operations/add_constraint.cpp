#include "add_constraint.h"

#include "add_check.h"
#include "add_foreign_key.h"
#include "add_primary_key.h"
#include "add_unique.h"
#include "refused.h"

namespace lockstep::operations {

std::vector<OperationPtr> add_constraint(const TableTarget& table, const sql::ConstraintDef& wanted,
                                         const Origin& origin) {
  using Kind = sql::ConstraintDef::Kind;
  switch (wanted.kind) {
    case Kind::kCheck:
      return add_check::from_statement(table, wanted, origin);
    case Kind::kForeignKey:
      return add_foreign_key::from_statement(table, wanted, origin);
    case Kind::kUnique:
      return add_unique::from_statement(table, wanted, origin);
    case Kind::kPrimaryKey:
      return add_primary_key::from_statement(table, wanted, origin);
    case Kind::kExclusion:
      return refused::statement("ADD EXCLUDE", origin);
    case Kind::kNotNull:
      break;
  }
  return refused::statement("ADD NOT NULL CONSTRAINT", origin);
}

}  // namespace lockstep::operations
