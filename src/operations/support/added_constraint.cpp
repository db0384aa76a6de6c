#include "support/added_constraint.h"

#include <utility>

#include "support/constraint_names.h"
#include "support/constraints.h"
#include "support/fold.h"
#include "support/known_names.h"

namespace lockstep::operations {

AddedConstraint::AddedConstraint(TableTarget table, sql::ConstraintDef wanted, Origin origin)
    : Operation(std::move(origin)), table_(std::move(table)), wanted_(std::move(wanted)) {}

void AddedConstraint::request(catalog::CatalogRequest& request) const {
  request.relations.insert(table_.name);
  if (wanted_.kind == sql::ConstraintDef::Kind::kForeignKey) {
    request.relations.insert(wanted_.referenced);
  }
  request_expression(request, wanted_.check);
  request_constraint_name(request, table_.name, wanted_);
}

void AddedConstraint::apply(catalog::Catalog& catalog, core::Phase) const {
  catalog::Relation* table = catalog.find(table_.name);
  if (!table) return;
  fold_add_constraint(catalog, *table, settled_name(catalog, *table, wanted_), wanted_,
                      !wanted_.not_valid);
}

}  // namespace lockstep::operations
