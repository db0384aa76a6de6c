#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "support/constraint_names.h"
#include "support/fold.h"
#include "support/foreign_keys.h"
#include "support/partitioned_index.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::QualifiedName;
using catalog::Relation;
using sql::ConstraintDef;

namespace {

ConstraintKind kind_of(ConstraintDef::Kind kind) {
  switch (kind) {
    case ConstraintDef::Kind::kCheck:
      return ConstraintKind::kCheck;
    case ConstraintDef::Kind::kForeignKey:
      return ConstraintKind::kForeignKey;
    case ConstraintDef::Kind::kUnique:
      return ConstraintKind::kUnique;
    case ConstraintDef::Kind::kPrimaryKey:
      return ConstraintKind::kPrimaryKey;
    case ConstraintDef::Kind::kExclusion:
      return ConstraintKind::kExclusion;
    case ConstraintDef::Kind::kNotNull:
      return ConstraintKind::kNotNull;
  }
  return ConstraintKind::kOther;
}

Index backing_index(const Relation& table, const std::string& name,
                    const ConstraintDef& definition) {
  Index index;
  index.name = name;
  index.columns = definition.columns;
  index.include = definition.include;
  index.uses.insert(definition.columns.begin(), definition.columns.end());
  index.uses.insert(definition.include.begin(), definition.include.end());
  index.unique = definition.kind != ConstraintDef::Kind::kExclusion;
  index.primary = definition.kind == ConstraintDef::Kind::kPrimaryKey;
  index.exclusion = definition.kind == ConstraintDef::Kind::kExclusion;
  if (index.exclusion) index.method = "gist";
  index.constraint = name;
  std::vector<std::string> quoted;
  for (const std::string& column : definition.columns)
    quoted.push_back(sql::quote_identifier(column));
  index.definition =
      fmt::format("CREATE UNIQUE INDEX {} ON {} USING {} ({})", sql::quote_identifier(name),
                  sql::quote(table.name), index.method, fmt::join(quoted, ", "));
  return index;
}

/// ADD CONSTRAINT name UNIQUE USING INDEX: the index takes the constraint's name.
bool adopt_index(Relation& table, const std::string& name, const ConstraintDef& definition,
                 Constraint& constraint) {
  if (!definition.using_index) return false;
  const auto found =
      std::find_if(table.indexes.begin(), table.indexes.end(),
                   [&](const Index& index) { return index.name == *definition.using_index; });
  if (found == table.indexes.end()) return false;
  found->name = name;
  found->constraint = name;
  found->primary = definition.kind == ConstraintDef::Kind::kPrimaryKey;
  constraint.columns = found->columns;
  return true;
}

/// As pg_constraint.confdeltype has it.
char delete_action(sql::ForeignKeyAction action) {
  switch (action) {
    case sql::ForeignKeyAction::kNoAction:
      return 'a';
    case sql::ForeignKeyAction::kRestrict:
      return 'r';
    case sql::ForeignKeyAction::kCascade:
      return 'c';
    case sql::ForeignKeyAction::kSetNull:
      return 'n';
    case sql::ForeignKeyAction::kSetDefault:
      return 'd';
  }
  return 'a';
}

void add_reference(Catalog& catalog, const Relation& table, const Constraint& key, char on_delete) {
  Relation* referenced = catalog.find(key.referenced);
  if (!referenced) return;
  referenced->referenced_by.push_back(
      {table.name, key.name, key.columns, key.referenced_columns, on_delete});
}

/// A partitioned table's foreign key is one of each partition, by the same name where that is free.
void go_down(Catalog& catalog, const Relation& table, const Constraint& key) {
  if (table.kind != catalog::RelationKind::kPartitionedTable) return;
  for (const QualifiedName& child : table.partitions) {
    Relation* partition = catalog.find(child);
    if (!partition) continue;
    Constraint part = key;
    part.attached_to = key.name;
    if (partition->constraint(part.name)) {
      part.name = catalog::choose_foreign_key_name(catalog, *partition, key.columns);
    }
    partition->constraints.push_back(part);
    go_down(catalog, *partition, part);
  }
}

void drop_parts(Catalog& catalog, const Relation& table, const std::string& name) {
  for (const QualifiedName& child : table.partitions) {
    Relation* partition = catalog.find(child);
    if (!partition) continue;
    std::vector<std::string> parts;
    for (const Constraint& constraint : partition->constraints) {
      if (constraint.attached_to == name && constraint.kind == ConstraintKind::kForeignKey)
        parts.push_back(constraint.name);
    }
    for (const std::string& part : parts) {
      drop_parts(catalog, *partition, part);
      std::erase_if(partition->constraints, [&](const Constraint& c) { return c.name == part; });
    }
  }
}

}  // namespace

std::vector<std::string> referenced_columns(const Catalog& catalog,
                                            const ConstraintDef& definition) {
  if (!definition.referenced_columns.empty()) return definition.referenced_columns;
  const Relation* referenced = catalog.find(definition.referenced);
  const Constraint* primary = referenced ? referenced->primary_key() : nullptr;
  if (primary) return primary->columns;
  // Of a table that lint only assumes to be there the key is not known, only how many columns it
  // has.
  return referenced && referenced->assumed ? definition.columns : std::vector<std::string>{};
}

void fold_add_constraint(Catalog& catalog, Relation& table, const std::string& name,
                         const ConstraintDef& definition, bool validated) {
  const auto same = std::find_if(table.constraints.begin(), table.constraints.end(),
                                 [&](const Constraint& other) { return other.name == name; });
  if (same != table.constraints.end()) {
    same->validated = same->validated || validated;
    return;
  }
  Constraint constraint;
  constraint.name = name;
  constraint.kind = kind_of(definition.kind);
  constraint.columns = constrained_columns(definition);
  constraint.definition = definition.text;
  constraint.check = definition.check;
  constraint.validated = validated;
  constraint.deferrable = definition.deferrable;
  if (has_index(definition.kind)) {
    constraint.index = name;
    if (!adopt_index(table, name, definition, constraint)) {
      table.indexes.push_back(backing_index(table, name, definition));
    }
  }
  if (constraint.kind == ConstraintKind::kForeignKey) {
    constraint.referenced = catalog.qualify(definition.referenced);
    constraint.referenced_columns = referenced_columns(catalog, definition);
    if (const Relation* referenced = catalog.find(constraint.referenced)) {
      constraint.definition =
          foreign_key_definition(definition, *referenced, constraint.referenced_columns);
    }
    add_reference(catalog, table, constraint, delete_action(definition.on_delete));
    go_down(catalog, table, constraint);
  }
  const std::vector<std::string> columns = constraint.columns;
  const bool goes_down = constraint.kind == ConstraintKind::kCheck && !definition.no_inherit;
  table.constraints.push_back(std::move(constraint));
  if (definition.kind == ConstraintDef::Kind::kPrimaryKey ||
      definition.kind == ConstraintDef::Kind::kNotNull) {
    for (const std::string& column : columns) fold_not_null(catalog, table, column);
  }
  if (has_index(definition.kind)) {
    fold_partition_indexes(catalog, table.name, name, shape_of(definition));
  }
  if (!goes_down) return;
  for (const QualifiedName& child : std::vector<QualifiedName>(table.partitions)) {
    if (Relation* found = catalog.find(child)) {
      fold_add_constraint(catalog, *found, name, definition, validated);
    }
  }
}

void fold_drop_constraint(Catalog& catalog, Relation& table, std::string_view name) {
  const Constraint* found = table.constraint(name);
  if (!found) return;
  const Constraint dropped = *found;
  if (Relation* referenced = catalog.find(dropped.referenced)) {
    std::erase_if(referenced->referenced_by, [&](const catalog::ReferencingKey& key) {
      return key.table == table.name && key.constraint == name;
    });
  }
  if (!dropped.index.empty()) fold_drop_partition_indexes(catalog, table, dropped.index);
  std::erase_if(table.indexes, [&](const Index& index) { return index.constraint == name; });
  std::erase_if(table.constraints, [&](const Constraint& c) { return c.name == dropped.name; });
  if (dropped.kind == ConstraintKind::kForeignKey) drop_parts(catalog, table, dropped.name);
  if (dropped.kind != ConstraintKind::kCheck) return;
  for (const QualifiedName& child : std::vector<QualifiedName>(table.partitions)) {
    if (Relation* below = catalog.find(child)) fold_drop_constraint(catalog, *below, dropped.name);
  }
}

}  // namespace lockstep::operations
