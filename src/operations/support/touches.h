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

/// What INSERT and DELETE change.
inline plan::Touch touch_rows(const plan::QualifiedName& relation) {
  return {plan::Touch::How::kChanges, "rows", relation, {}};
}

/// Each function of the catalog that the expression calls; builtins never change.
inline void append_functions(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                             const sql::Expr& expression) {
  for (const sql::QualifiedName& written : expression.functions) {
    const std::vector<const catalog::Function*> found = catalog.find_functions(written);
    if (!found.empty())
      touches.push_back(touch_function(plan::Touch::How::kNeeds, found.front()->name));
  }
}

}  // namespace lockstep::operations
