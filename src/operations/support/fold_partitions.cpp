#include "support/fold_partitions.h"

#include <algorithm>

#include "lockstep/catalog/naming.h"
#include "support/partitioned_index.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::Trigger;

namespace {

bool is_default(const sql::PartitionBound& bound) {
  return bound.kind == sql::PartitionBound::Kind::kDefault;
}

void attach_keys(Catalog& catalog, const Relation& table, Relation& partition) {
  for (const Constraint& key : table.constraints) {
    if (key.kind != ConstraintKind::kForeignKey) continue;
    const auto same = std::find_if(
        partition.constraints.begin(), partition.constraints.end(), [&](const Constraint& own) {
          return own.kind == ConstraintKind::kForeignKey && own.columns == key.columns &&
                 own.referenced == key.referenced &&
                 own.referenced_columns == key.referenced_columns &&
                 (own.attached_to.empty() || own.attached_to == key.name);
        });
    if (same != partition.constraints.end()) {
      // A part of another table's key is not the referenced table's to know.
      if (Relation* referenced = catalog.find(key.referenced)) {
        std::erase_if(referenced->referenced_by, [&](const catalog::ReferencingKey& each) {
          return each.table == partition.name && each.constraint == same->name;
        });
      }
      same->attached_to = key.name;
      continue;
    }
    Constraint part = key;
    part.attached_to = key.name;
    if (partition.constraint(part.name)) {
      part.name = catalog::choose_foreign_key_name(catalog, partition, key.columns);
    }
    partition.constraints.push_back(std::move(part));
  }
}

void attach_triggers(const Relation& table, Relation& partition) {
  for (const Trigger& trigger : table.triggers) {
    if (!trigger.row_level) continue;
    const bool there = std::any_of(partition.triggers.begin(), partition.triggers.end(),
                                   [&](const Trigger& own) { return own.name == trigger.name; });
    if (!there) partition.triggers.push_back(trigger);
  }
}

}  // namespace

void fold_attach_partition(Catalog& catalog, const QualifiedName& table_name,
                           const QualifiedName& partition_name, const sql::PartitionBound& bound) {
  Relation* table = catalog.find(table_name);
  Relation* partition = catalog.find(partition_name);
  if (!table || !partition || partition->parent) return;
  partition->parent = table->name;
  table->partitions.push_back(partition->name);
  if (is_default(bound)) {
    partition->partition_bound = "DEFAULT";
    table->has_default_partition = true;
  }
  attach_keys(catalog, *table, *partition);
  attach_triggers(*table, *partition);
  for (const Index& index : std::vector<Index>(table->indexes)) {
    if (const std::optional<IndexShape> shape = shape_of(index))
      fold_partition_indexes(catalog, table->name, index.name, *shape);
  }
}

void fold_create_partition(Catalog& catalog, const QualifiedName& table_name,
                           const QualifiedName& partition_name, const sql::PartitionBound& bound,
                           const std::string& migration) {
  const Relation* table = catalog.find(table_name);
  const QualifiedName name{
      partition_name.schema.empty() ? catalog.creation_schema : partition_name.schema,
      partition_name.name};
  if (!table || catalog.relations.count(name) != 0) return;
  Relation partition;
  partition.name = name;
  partition.columns = table->columns;
  partition.created_by = migration;
  for (catalog::Column& column : partition.columns) {
    column.added_by_plan = !migration.empty();
    // Before 17 partitions have no identity of their own.
    if (catalog.version.major() < 17) column.identity = catalog::Identity::kNone;
  }
  for (const Constraint& constraint : table->constraints) {
    if (constraint.kind == ConstraintKind::kCheck || constraint.kind == ConstraintKind::kNotNull)
      partition.constraints.push_back(constraint);
  }
  for (const catalog::Dependant& dependant : table->dependants) {
    if (dependant.kind == "generated column") partition.dependants.push_back(dependant);
  }
  const QualifiedName parent = table->name;
  catalog.relations.emplace(name, std::move(partition));
  fold_attach_partition(catalog, parent, name, bound);
}

void fold_detach_partition(Catalog& catalog, const QualifiedName& partition_name) {
  Relation* partition = catalog.find(partition_name);
  Relation* table = partition && partition->parent ? catalog.find(*partition->parent) : nullptr;
  if (!table) return;
  std::erase(table->partitions, partition->name);
  if (partition->partition_bound == "DEFAULT") table->has_default_partition = false;
  partition->partition_bound.clear();
  partition->parent.reset();
  for (Index& index : partition->indexes) index.attached_to.clear();
  for (Constraint& constraint : partition->constraints) {
    if (constraint.attached_to.empty()) continue;
    constraint.attached_to.clear();
    if (constraint.kind != ConstraintKind::kForeignKey) continue;
    const auto whole = std::find_if(
        table->constraints.begin(), table->constraints.end(), [&](const Constraint& key) {
          return key.columns == constraint.columns && key.referenced == constraint.referenced;
        });
    Relation* referenced = catalog.find(constraint.referenced);
    if (!referenced || whole == table->constraints.end()) continue;
    char on_delete = 'a';
    for (const catalog::ReferencingKey& key : referenced->referenced_by) {
      if (key.table == table->name && key.constraint == whole->name) on_delete = key.on_delete;
    }
    referenced->referenced_by.push_back({partition->name, constraint.name, constraint.columns,
                                         constraint.referenced_columns, on_delete});
  }
  std::erase_if(partition->triggers, [&](const Trigger& trigger) {
    return std::any_of(table->triggers.begin(), table->triggers.end(), [&](const Trigger& above) {
      return above.row_level && above.name == trigger.name;
    });
  });
}

}  // namespace lockstep::operations
