#include "support/constraints.h"

#include <algorithm>

#include <fmt/format.h>

#include "support/constraint_names.h"
#include "support/fold.h"
#include "support/text.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Relation;
using sql::ConstraintDef;

namespace {

bool same_kind(ConstraintKind there, ConstraintDef::Kind wanted) {
  switch (wanted) {
    case ConstraintDef::Kind::kCheck:
      return there == ConstraintKind::kCheck;
    case ConstraintDef::Kind::kForeignKey:
      return there == ConstraintKind::kForeignKey;
    case ConstraintDef::Kind::kUnique:
      return there == ConstraintKind::kUnique;
    case ConstraintDef::Kind::kPrimaryKey:
      return there == ConstraintKind::kPrimaryKey;
    case ConstraintDef::Kind::kExclusion:
      return there == ConstraintKind::kExclusion;
    case ConstraintDef::Kind::kNotNull:
      return there == ConstraintKind::kNotNull;
  }
  return false;
}

bool same_meaning(const Constraint& there, const ConstraintDef& wanted, const Catalog& catalog) {
  if (!same_kind(there.kind, wanted.kind)) return false;
  if (wanted.kind == ConstraintDef::Kind::kCheck) {
    if (!there.check || !wanted.check || there.columns != wanted.check->columns) return false;
    // The server prints an author's words anew, but it keeps the literals.
    if (there.check->origin == wanted.check->origin) return there.check->text == wanted.check->text;
    return literals(there.check->text) == literals(wanted.check->text);
  }
  if (wanted.kind == ConstraintDef::Kind::kForeignKey) {
    return there.columns == wanted.columns &&
           there.referenced == catalog.qualify(wanted.referenced) &&
           there.referenced_columns == referenced_columns(catalog, wanted);
  }
  return there.columns == wanted.columns;
}

/// The name that would be chosen if that constraint were not there.
std::string name_without(const Catalog& catalog, const Relation& table, const Constraint& there,
                         const ConstraintDef& wanted) {
  Catalog before = catalog;
  Relation* relation = before.find(table.name);
  fold_drop_constraint(before, *relation, std::string(there.name));
  return constraint_name(before, *relation, wanted);
}

}  // namespace

std::string settled_name(const Catalog& catalog, const Relation& table,
                         const ConstraintDef& wanted) {
  if (!wanted.name && !wanted.using_index) {
    for (const Constraint& there : table.constraints) {
      if (same_meaning(there, wanted, catalog) &&
          name_without(catalog, table, there, wanted) == there.name) {
        return there.name;
      }
    }
  }
  return constraint_name(catalog, table, wanted);
}

void judge_name(Judge& judge, const Catalog& catalog, const Relation& table,
                const ConstraintDef& wanted) {
  if (!wanted.name) return;
  const bool index_name = wanted.kind == ConstraintDef::Kind::kUnique ||
                          wanted.kind == ConstraintDef::Kind::kPrimaryKey;
  const bool own_index = wanted.using_index && *wanted.using_index == *wanted.name;
  const bool taken =
      table.constraint(*wanted.name) ||
      (index_name && !own_index && catalog.relation_name_taken(table.name.schema, *wanted.name));
  if (!taken) return;
  judge.problem(fmt::format("the name {} is already in use on {}", *wanted.name, shown(table.name)),
                "Choose another name, or drop what has it in an earlier statement.");
}

std::string deferral(const ConstraintDef& wanted) {
  if (wanted.initially_deferred) return " DEFERRABLE INITIALLY DEFERRED";
  return wanted.deferrable ? " DEFERRABLE" : "";
}

std::string described_name(const ConstraintDef& wanted) {
  return wanted.name ? fmt::format("name={} ", *wanted.name) : std::string();
}

}  // namespace lockstep::operations
