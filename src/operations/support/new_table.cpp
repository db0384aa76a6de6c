#include "support/new_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "support/column_definition.h"
#include "support/constraint_names.h"
#include "support/fold.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Column;
using catalog::Constraint;
using catalog::Relation;
using sql::ConstraintDef;

namespace {

int order_of(const ConstraintDef& constraint) {
  switch (constraint.kind) {
    case ConstraintDef::Kind::kNotNull:
      return 0;
    case ConstraintDef::Kind::kCheck:
      return 1;
    case ConstraintDef::Kind::kPrimaryKey:
      return 2;
    case ConstraintDef::Kind::kUnique:
    case ConstraintDef::Kind::kExclusion:
      return 3;
    case ConstraintDef::Kind::kForeignKey:
      return 4;
  }
  return 5;
}

void compare_column(const Column& there, const Column& wanted, std::vector<std::string>& lines) {
  if (there.type != wanted.type) {
    lines.push_back(fmt::format("column {} is {}, not {}", wanted.name, there.type, wanted.type));
  }
  if (there.not_null != wanted.not_null) {
    lines.push_back(
        fmt::format("column {} is {}", wanted.name, there.not_null ? "NOT NULL" : "nullable"));
  }
  if (there.default_value.has_value() != wanted.default_value.has_value()) {
    lines.push_back(
        fmt::format("column {} has {} default", wanted.name, there.default_value ? "a" : "no"));
  }
  if (there.identity != wanted.identity || there.generated != wanted.generated) {
    lines.push_back(fmt::format("column {} is generated differently", wanted.name));
  }
}

std::size_t count_alike(const Relation& table, const Constraint& wanted) {
  return static_cast<std::size_t>(std::count_if(
      table.constraints.begin(), table.constraints.end(), [&](const Constraint& there) {
        return there.kind == wanted.kind && there.columns == wanted.columns &&
               there.referenced == wanted.referenced;
      }));
}

}  // namespace

std::vector<ConstraintDef> all_constraints(const sql::CreateTable& statement) {
  std::vector<ConstraintDef> constraints;
  for (const sql::ColumnDef& column : statement.columns) {
    constraints.insert(constraints.end(), column.constraints.begin(), column.constraints.end());
  }
  constraints.insert(constraints.end(), statement.constraints.begin(), statement.constraints.end());
  std::stable_sort(constraints.begin(), constraints.end(),
                   [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  return constraints;
}

void fold_create_table(Catalog& catalog, const sql::CreateTable& statement,
                       const std::string& migration) {
  const catalog::QualifiedName name = {
      statement.name.schema.empty() ? catalog.creation_schema : statement.name.schema,
      statement.name.name};
  const auto there = catalog.relations.find(name);
  if (there != catalog.relations.end()) {
    if (!there->second.assumed) return;
    catalog.relations.erase(there);
  }
  Relation empty;
  empty.name = name;
  empty.kind = statement.partitioned ? catalog::RelationKind::kPartitionedTable
                                     : catalog::RelationKind::kTable;
  empty.partition_key = statement.partition_key;
  empty.unlogged = statement.unlogged;
  empty.created_by = migration;
  Relation& table = catalog.relations.emplace(name, std::move(empty)).first->second;
  for (const sql::ColumnDef& definition : statement.columns) {
    Column column = column_of(definition, catalog, table);
    column.added_by_plan = !migration.empty();
    fold_add_column(catalog, table, column);
  }
  for (const ConstraintDef& constraint : all_constraints(statement)) {
    fold_add_constraint(catalog, table, constraint_name(catalog, table, constraint), constraint,
                        true);
  }
}

std::vector<std::string> shape_difference(const Catalog& catalog, const Relation& there,
                                          const sql::CreateTable& statement) {
  Catalog without = catalog;
  fold_drop_relation(without, there.name);
  fold_create_table(without, statement, "");
  const Relation* wanted = without.find(there.name);
  std::vector<std::string> lines;
  if (!wanted) return lines;
  for (const Column& column : wanted->columns) {
    if (const Column* found = there.column(column.name)) {
      compare_column(*found, column, lines);
    } else {
      lines.push_back(fmt::format("it has no column {}", column.name));
    }
  }
  for (const Column& column : there.columns) {
    if (!wanted->column(column.name))
      lines.push_back(fmt::format("it has an extra column {}", column.name));
  }
  for (const Constraint& constraint : wanted->constraints) {
    if (count_alike(there, constraint) < count_alike(*wanted, constraint)) {
      lines.push_back(fmt::format("it has no constraint like {}", constraint.name));
    }
  }
  return lines;
}

}  // namespace lockstep::operations
