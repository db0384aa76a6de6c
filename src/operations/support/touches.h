#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/plan/step.h"
#include "lockstep/sql/statement.h"

// Objects as steps depend on them (RULES.md 4): a step says what it needs and what it changes,
// and the planner finds the conflicts.

namespace lockstep::operations {

inline plan::Touch touch_relation(plan::Touch::How how, const plan::QualifiedName& relation) {
  return {how, "relation", relation, {}};
}
inline plan::Touch touch_column(plan::Touch::How how, const plan::QualifiedName& relation,
                                std::string column) {
  return {how, "column", relation, std::move(column)};
}
inline plan::Touch touch_constraint(plan::Touch::How how, const plan::QualifiedName& relation,
                                    std::string constraint) {
  return {how, "constraint", relation, std::move(constraint)};
}
/// `index`: qualified by its table's schema.
inline plan::Touch touch_index(plan::Touch::How how, const plan::QualifiedName& index) {
  return {how, "index", index, {}};
}
inline plan::Touch touch_function(plan::Touch::How how, const plan::QualifiedName& function) {
  return {how, "function", function, {}};
}
inline plan::Touch touch_trigger(plan::Touch::How how, const plan::QualifiedName& relation,
                                 std::string trigger) {
  return {how, "trigger", relation, std::move(trigger)};
}
inline plan::Touch touch_type(plan::Touch::How how, const plan::QualifiedName& type) {
  return {how, "type", type, {}};
}

/// What INSERT, DELETE and an UPDATE of what others read change.
inline plan::Touch touch_rows(const plan::QualifiedName& relation,
                              plan::Touch::How how = plan::Touch::How::kChanges) {
  return {how, "rows", relation, {}};
}

// What decides, as a set, what a change of the relation's rows does: to have one more or one less
// of them changes the set.
inline plan::Touch touch_triggers(plan::Touch::How how, const plan::QualifiedName& relation) {
  return {how, "triggers", relation, {}};
}
/// Foreign keys that reference the relation.
inline plan::Touch touch_references(plan::Touch::How how, const plan::QualifiedName& relation) {
  return {how, "references", relation, {}};
}
/// Of its columns.
inline plan::Touch touch_defaults(plan::Touch::How how, const plan::QualifiedName& relation) {
  return {how, "defaults", relation, {}};
}

/// Each of these functions that the catalog has; builtins never change.
inline void append_functions(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                             const std::vector<sql::QualifiedName>& functions) {
  for (const sql::QualifiedName& written : functions) {
    const std::vector<const catalog::Function*> found = catalog.find_functions(written);
    if (!found.empty())
      touches.push_back(touch_function(plan::Touch::How::kNeeds, found.front()->name));
  }
}
inline void append_functions(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                             const sql::Expr& expression) {
  append_functions(touches, catalog, expression.functions);
}

}  // namespace lockstep::operations
