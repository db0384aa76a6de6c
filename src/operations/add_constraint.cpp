#include "add_constraint.h"

#include "add_check.h"
#include "add_foreign_key.h"
#include "add_primary_key.h"
#include "add_unique.h"

namespace lockstep::operations {

std::vector<OperationPtr> add_constraint(const TableTarget& table, const sql::ConstraintDef& wanted,
                                         const Origin& origin, core::Problems& problems) {
  using Kind = sql::ConstraintDef::Kind;
  const auto refuse = [&](const char* what) {
    problems.push_back({origin.where, std::string(what) + " is not something Lockstep knows how to plan",
                        "Write it as an `sql` operation with declared locks in a YAML migration."});
    return std::vector<OperationPtr>{};
  };
  switch (wanted.kind) {
    case Kind::kCheck: return add_check::from_statement(table, wanted, origin);
    case Kind::kForeignKey: return add_foreign_key::from_statement(table, wanted, origin);
    case Kind::kUnique: return add_unique::from_statement(table, wanted, origin);
    case Kind::kPrimaryKey: return add_primary_key::from_statement(table, wanted, origin);
    case Kind::kExclusion: return refuse("an exclusion constraint on a table that exists");
    case Kind::kNotNull: break;
  }
  return refuse("ADD CONSTRAINT ... NOT NULL");
}

}  // namespace lockstep::operations
