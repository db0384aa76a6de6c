#include "support/fold_rename.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "support/text.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::QualifiedName;
using catalog::Relation;

namespace {

void replace(QualifiedName& name, const QualifiedName& from, const QualifiedName& to) {
  if (name == from) name = to;
}

/// The relation's own text names it.
void forget_own_text(Relation& relation) {
  for (Index& index : relation.indexes) index.definition.clear();
  for (catalog::Trigger& trigger : relation.triggers) trigger.definition.clear();
  for (catalog::Dependant& dependant : relation.dependants) dependant.definition.clear();
}

void follow(Relation& relation, const QualifiedName& from, const QualifiedName& to) {
  for (Constraint& constraint : relation.constraints) {
    if (constraint.referenced != from) continue;
    constraint.referenced = to;
    constraint.definition.clear();
  }
  for (catalog::ReferencingKey& key : relation.referenced_by) replace(key.table, from, to);
  for (catalog::Dependant& dependant : relation.dependants) replace(dependant.name, from, to);
  for (QualifiedName& part : relation.partitions) replace(part, from, to);
  if (relation.parent) replace(*relation.parent, from, to);
  if (relation.owned_by) replace(relation.owned_by->table, from, to);
  for (catalog::Column& column : relation.columns) replace(column.type_name, from, to);
}

/// A serial column's default names the sequence.
void follow_default(Catalog& catalog, const Relation& sequence) {
  Relation* table = sequence.owned_by ? catalog.find(sequence.owned_by->table) : nullptr;
  catalog::Column* column = table ? table->column(sequence.owned_by->column) : nullptr;
  if (!column || !column->default_value) return;
  sql::Expr next;
  next.text = fmt::format("nextval({}::regclass)", sql::quote_literal(sql::quote(sequence.name)));
  next.functions = {{"pg_catalog", "nextval"}};
  column->default_value = std::move(next);
}

/// What partitions have for the table's index or key knows it by its name.
void follow_in_partitions(Catalog& catalog, const Relation& table, std::string_view from,
                          const std::string& to) {
  if (table.kind != catalog::RelationKind::kPartitionedTable) return;
  for (const QualifiedName& child : table.partitions) {
    Relation* partition = catalog.find(child);
    if (!partition) continue;
    for (Index& index : partition->indexes) {
      if (index.attached_to == from) index.attached_to = to;
    }
    for (Constraint& constraint : partition->constraints) {
      if (constraint.attached_to == from) constraint.attached_to = to;
    }
  }
}

void rename_in_family(Catalog& catalog, Relation& table, std::string_view from,
                      const std::string& to) {
  const auto found =
      std::find_if(table.constraints.begin(), table.constraints.end(),
                   [&](const Constraint& constraint) { return constraint.name == from; });
  if (found == table.constraints.end()) return;
  found->name = to;
  follow_in_partitions(catalog, table, from, to);
  if (found->kind == ConstraintKind::kForeignKey) {
    if (Relation* referenced = catalog.find(found->referenced)) {
      for (catalog::ReferencingKey& key : referenced->referenced_by) {
        if (key.table == table.name && key.constraint == from) key.constraint = to;
      }
    }
  }
  if (found->kind != ConstraintKind::kCheck && found->kind != ConstraintKind::kNotNull) return;
  const std::vector<QualifiedName> children = table.partitions;
  for (const QualifiedName& child : children) {
    if (Relation* relation = catalog.find(child)) rename_in_family(catalog, *relation, from, to);
  }
}

void replace(std::vector<std::string>& names, const std::string& from, const std::string& to) {
  std::replace(names.begin(), names.end(), from, to);
}

bool mentions(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void replace(std::set<std::string>& names, const std::string& from, const std::string& to) {
  if (names.erase(from) > 0) names.insert(to);
}

void replace(sql::Expr& expression, const std::string& from, const std::string& to) {
  expression.text = sql::rename_in_expression(expression.text, from, to);
  replace(expression.columns, from, to);
}

void rename_in_indexes(Relation& table, const std::string& from, const std::string& to) {
  for (Index& index : table.indexes) {
    if (index.uses.count(from) == 0) continue;
    replace(index.columns, from, to);
    replace(index.include, from, to);
    replace(index.uses, from, to);
    index.definition.clear();
    if (index.predicate) index.predicate = "";
  }
}

void rename_in_constraints(Catalog& catalog, Relation& table, const std::string& from,
                           const std::string& to) {
  for (Constraint& constraint : table.constraints) {
    const bool self =
        constraint.referenced == table.name && mentions(constraint.referenced_columns, from);
    if (!self && !mentions(constraint.columns, from)) continue;
    replace(constraint.columns, from, to);
    if (constraint.check) replace(*constraint.check, from, to);
    if (self) replace(constraint.referenced_columns, from, to);
    constraint.definition.clear();
    Relation* referenced = catalog.find(constraint.referenced);
    if (constraint.kind != ConstraintKind::kForeignKey || !referenced) continue;
    for (catalog::ReferencingKey& key : referenced->referenced_by) {
      if (key.table == table.name && key.constraint == constraint.name)
        replace(key.columns, from, to);
    }
  }
}

/// Foreign keys of other tables that reference the column.
void rename_in_references(Catalog& catalog, Relation& table, const std::string& from,
                          const std::string& to) {
  for (catalog::ReferencingKey& key : table.referenced_by) {
    if (!mentions(key.referenced_columns, from)) continue;
    replace(key.referenced_columns, from, to);
    Relation* other = catalog.find(key.table);
    for (std::size_t i = 0; other && i < other->constraints.size(); ++i) {
      Constraint& constraint = other->constraints[i];
      if (constraint.name != key.constraint) continue;
      replace(constraint.referenced_columns, from, to);
      constraint.definition.clear();
    }
  }
}

void rename_privileges(Relation& table, const std::string& from, const std::string& to) {
  for (std::string& privilege : table.privileges) {
    if (privilege.starts_with(from + ":")) privilege.replace(0, from.size(), to);
  }
}

void rename_dependants(Catalog& catalog, Relation& table, const std::string& from,
                       const std::string& to) {
  for (catalog::Dependant& dependant : table.dependants) {
    if (dependant.kind == "generated column" && dependant.name.name == from)
      dependant.name.name = to;
    if (dependant.columns.count(from) == 0) continue;
    replace(dependant.columns, from, to);
    dependant.definition.clear();
    if (Relation* reader = catalog.find(dependant.name)) reader->view_definition.clear();
  }
}

}  // namespace

void fold_rename_column(Catalog& catalog, Relation& table, const std::string& from,
                        const std::string& to, bool to_the_end) {
  const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                   [&](const catalog::Column& each) { return each.name == from; });
  if (column == table.columns.end() || table.column(to)) return;
  column->name = to;
  if (to_the_end) std::rotate(column, column + 1, table.columns.end());
  for (catalog::Column& each : table.columns) {
    if (each.generated != catalog::Generated::kNone && each.default_value)
      replace(*each.default_value, from, to);
  }
  rename_in_indexes(table, from, to);
  rename_in_constraints(catalog, table, from, to);
  rename_in_references(catalog, table, from, to);
  rename_privileges(table, from, to);
  rename_dependants(catalog, table, from, to);
  replace(table.partition_key, from, to);
  for (catalog::Trigger& trigger : table.triggers) {
    if (identifiers(trigger.definition).count(from) > 0) trigger.definition.clear();
  }
  for (auto& entry : catalog.relations) {
    auto& owner = entry.second.owned_by;
    if (owner && owner->table == table.name && owner->column == from) owner->column = to;
  }
  const std::vector<QualifiedName> children = table.partitions;
  for (const QualifiedName& child : children) {
    if (Relation* below = catalog.find(child))
      fold_rename_column(catalog, *below, from, to, to_the_end);
  }
}

void fold_rename_relation(Catalog& catalog, const QualifiedName& from, const std::string& to) {
  const QualifiedName renamed{from.schema, to};
  if (catalog.relations.count(renamed) != 0) return;
  auto node = catalog.relations.extract(from);
  if (node.empty()) return;
  node.key() = renamed;
  node.mapped().name = renamed;
  forget_own_text(node.mapped());
  const std::vector<catalog::Dependant> dependants = node.mapped().dependants;
  catalog.relations.insert(std::move(node));
  for (auto& entry : catalog.relations) follow(entry.second, from, renamed);
  for (const catalog::Dependant& dependant : dependants) {
    if (Relation* reader = catalog.find(dependant.name)) reader->view_definition.clear();
  }
  follow_default(catalog, catalog.relations.at(renamed));
}

void fold_rename_index(Catalog& catalog, Relation& table, std::string_view from,
                       const std::string& to) {
  for (Index& index : table.indexes) {
    if (index.name != from) continue;
    index.name = to;
    index.definition.clear();
    follow_in_partitions(catalog, table, from, to);
    if (index.constraint.empty()) return;
    index.constraint = to;
    for (Constraint& constraint : table.constraints) {
      if (constraint.index == from) constraint.index = to;
    }
    rename_in_family(catalog, table, from, to);
    return;
  }
}

void fold_rename_constraint(Catalog& catalog, Relation& table, std::string_view from,
                            const std::string& to) {
  const Constraint* constraint = table.constraint(from);
  if (!constraint) return;
  if (constraint->index.empty()) {
    rename_in_family(catalog, table, from, to);
  } else {
    fold_rename_index(catalog, table, from, to);
  }
}

void fold_rename_type(Catalog& catalog, const QualifiedName& from, const std::string& to) {
  const QualifiedName renamed{from.schema, to};
  if (catalog.types.count(renamed) != 0) return;
  auto node = catalog.types.extract(from);
  if (node.empty()) return;
  node.key() = renamed;
  node.mapped().name = renamed;
  catalog.types.insert(std::move(node));
  const std::string before = sql::quote_identifier(from.name);
  const std::string after = sql::quote_identifier(to);
  for (auto& entry : catalog.relations) {
    for (catalog::Column& column : entry.second.columns) {
      if (column.type == before) column.type = after;
      if (column.type == before + "[]") column.type = after + "[]";
      replace(column.type_name, from, renamed);
      replace(column.type_name, {from.schema, "_" + from.name}, {from.schema, "_" + to});
    }
  }
}

}  // namespace lockstep::operations
