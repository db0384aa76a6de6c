#include "support/partitioned_index.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "support/index_names.h"
#include "support/locks.h"
#include "support/partitions.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::Index;
using catalog::IndexRole;
using catalog::QualifiedName;
using catalog::Relation;
using sql::ConstraintDef;

namespace {

std::vector<std::string> key_columns(const IndexShape& shape) {
  std::vector<std::string> columns;
  for (const sql::IndexElement& element : shape.elements) {
    columns.push_back(element.column.value_or(std::string{}));
  }
  return columns;
}

bool has_options(const sql::IndexElement& element) {
  return !element.column || element.text != sql::quote_identifier(*element.column);
}

bool same_texts(const sql::CreateIndex& there, const IndexShape& shape) {
  const auto same = [](const sql::IndexElement& a, const sql::IndexElement& b) {
    return a.column == b.column && (a.text == b.text || (!has_options(a) && !has_options(b)));
  };
  const bool same_predicate = there.predicate && shape.predicate
                                  ? there.predicate->text == shape.predicate->text
                                  : !there.predicate && !shape.predicate;
  return same_predicate && std::equal(there.elements.begin(), there.elements.end(),
                                      shape.elements.begin(), shape.elements.end(), same);
}

std::optional<sql::CreateIndex> parsed(const std::string& definition) {
  sql::ParsedFile file = sql::parse(definition, {});
  if (!file.problems.empty() || file.statements.size() != 1) return std::nullopt;
  if (auto* index = std::get_if<sql::CreateIndex>(&file.statements.front().body))
    return std::move(*index);
  return std::nullopt;
}

Index* index_of(Relation& table, const std::string& name) {
  const auto found = std::find_if(table.indexes.begin(), table.indexes.end(),
                                  [&](const Index& index) { return index.name == name; });
  return found == table.indexes.end() ? nullptr : &*found;
}

class GoDown {
 public:
  GoDown(Catalog& catalog, const IndexShape& shape)
      : catalog_(catalog),
        shape_(shape),
        column_names_(index_column_names(shape.elements, shape.include)) {}

  std::vector<IndexPart> below(const QualifiedName& table, const std::string& name) {
    go(table, name);
    return std::move(parts_);
  }

 private:
  void go(const QualifiedName& table, const std::string& name) {
    Relation* parent = catalog_.find(table);
    Index* index = parent ? index_of(*parent, name) : nullptr;
    if (!index || !is_partitioned(*parent)) return;
    const Index model = *index;
    const Constraint* constraint = parent->constraint(model.constraint);
    const std::optional<Constraint> key =
        constraint ? std::optional<Constraint>(*constraint) : std::nullopt;
    for (const QualifiedName& child : std::vector<QualifiedName>(parent->partitions)) {
      Relation* partition = catalog_.find(child);
      if (!partition || !partition->is_table()) continue;
      const std::string below = give(*partition, parent->name, model, key);
      go(partition->name, below);
    }
  }

  /// The name of the partition's index.
  std::string give(Relation& partition, const QualifiedName& parent, const Index& model,
                   const std::optional<Constraint>& key) {
    IndexPart part{partition.name, {}, parent, model.name, is_partitioned(partition), true, {}};
    Index* index = suitable(partition, model.name);
    if (!index) {
      part.there = false;
      index = make(partition, model, key);
    }
    index->attached_to = model.name;
    for (Constraint& constraint : partition.constraints) {
      if (key && constraint.index == index->name) constraint.attached_to = key->name;
    }
    part.name = index->name;
    part.definition = index->definition;
    parts_.push_back(std::move(part));
    return index->name;
  }

  Index* suitable(Relation& partition, const std::string& above) const {
    Index* same = nullptr;
    for (Index& index : partition.indexes) {
      if (index.attached_to == above) return &index;
      if (!same && can_be_attached(index, shape_) &&
          likeness(index, shape_) != Likeness::kDifferent)
        same = &index;
    }
    return same;
  }

  Index* make(Relation& partition, const Index& model, const std::optional<Constraint>& key) const {
    Index index = model;
    index.name = catalog::choose_index_name(catalog_, partition, column_names_, shape_.role);
    index.definition.clear();
    index.created_by.clear();
    index.valid = true;
    index.ready = true;
    index.constraint = key ? index.name : "";
    if (key) {
      Constraint constraint = *key;
      constraint.name = index.name;
      constraint.index = index.name;
      constraint.attached_to = model.constraint;
      partition.constraints.push_back(std::move(constraint));
    }
    partition.indexes.push_back(std::move(index));
    return &partition.indexes.back();
  }

  Catalog& catalog_;
  const IndexShape& shape_;
  std::vector<std::string> column_names_;
  std::vector<IndexPart> parts_;
};

}  // namespace

IndexShape shape_of(const sql::CreateIndex& wanted) {
  return {wanted.elements,           wanted.include,   wanted.method,    wanted.unique,
          wanted.nulls_not_distinct, wanted.predicate, IndexRole::kPlain};
}

IndexShape shape_of(const ConstraintDef& wanted) {
  IndexShape shape;
  for (const std::string& column : wanted.columns) {
    sql::IndexElement element;
    element.column = column;
    element.text = sql::quote_identifier(column);
    shape.elements.push_back(std::move(element));
  }
  shape.include = wanted.include;
  shape.unique = true;
  shape.nulls_not_distinct = wanted.nulls_not_distinct;
  shape.role =
      wanted.kind == ConstraintDef::Kind::kPrimaryKey ? IndexRole::kPrimaryKey : IndexRole::kUnique;
  return shape;
}

std::optional<IndexShape> shape_of(const Index& index) {
  const IndexRole role = index.constraint.empty() ? IndexRole::kPlain
                         : index.primary          ? IndexRole::kPrimaryKey
                         : index.exclusion        ? IndexRole::kExclusion
                                                  : IndexRole::kUnique;
  if (const std::optional<sql::CreateIndex> there = parsed(index.definition)) {
    IndexShape shape = shape_of(*there);
    shape.role = role;
    return shape;
  }
  if (index.has_expressions || index.predicate) return std::nullopt;
  IndexShape shape;
  for (const std::string& column : index.columns) {
    sql::IndexElement element;
    element.column = column;
    element.text = sql::quote_identifier(column);
    shape.elements.push_back(std::move(element));
  }
  shape.include = index.include;
  shape.method = index.method;
  shape.unique = index.unique;
  shape.role = role;
  return shape;
}

std::optional<std::string> tail_of(const Index& index) {
  if (const std::optional<sql::CreateIndex> there = parsed(index.definition)) return there->tail;
  if (index.has_expressions || index.predicate) return std::nullopt;
  std::vector<std::string> columns;
  std::vector<std::string> include;
  for (const std::string& column : index.columns) columns.push_back(sql::quote_identifier(column));
  for (const std::string& column : index.include) include.push_back(sql::quote_identifier(column));
  return fmt::format("({}){}", fmt::join(columns, ", "),
                     include.empty() ? "" : fmt::format(" INCLUDE ({})", fmt::join(include, ", ")));
}

Likeness likeness(const Index& index, const IndexShape& shape) {
  const bool alike = index.unique == shape.unique && index.method == shape.method &&
                     index.columns == key_columns(shape) && index.include == shape.include &&
                     index.predicate.has_value() == shape.predicate.has_value() && !index.exclusion;
  if (!alike) return Likeness::kDifferent;
  const std::optional<sql::CreateIndex> there = parsed(index.definition);
  if (!there) return Likeness::kUnclear;
  if (there->nulls_not_distinct != shape.nulls_not_distinct) return Likeness::kDifferent;
  return same_texts(*there, shape) ? Likeness::kSame : Likeness::kUnclear;
}

bool can_be_attached(const Index& index, const IndexShape& shape) {
  if (!index.valid || !index.attached_to.empty()) return false;
  if (shape.role == IndexRole::kPlain) return true;
  return !index.constraint.empty() && index.primary == (shape.role == IndexRole::kPrimaryKey);
}

std::vector<IndexPart> fold_partition_indexes(Catalog& catalog, const QualifiedName& table,
                                              const std::string& name, const IndexShape& shape) {
  return GoDown(catalog, shape).below(table, name);
}

void fold_drop_partition_indexes(Catalog& catalog, Relation& table, const std::string& name) {
  for (const QualifiedName& child : std::vector<QualifiedName>(table.partitions)) {
    Relation* partition = catalog.find(child);
    if (!partition) continue;
    std::vector<std::string> attached;
    for (const Index& index : partition->indexes) {
      if (is_partitioned(table) && index.attached_to == name) attached.push_back(index.name);
    }
    for (const std::string& below : attached)
      fold_drop_partition_indexes(catalog, *partition, below);
  }
  std::erase_if(table.constraints, [&](const Constraint& c) { return c.index == name; });
  std::erase_if(table.indexes, [&](const Index& index) { return index.name == name; });
}

std::vector<plan::LockClaim> dropped_index_locks(const Catalog& catalog, const Relation& table,
                                                 const std::string& name) {
  std::vector<plan::LockClaim> locks{
      {{table.name.schema, name}, catalog::LockMode::kAccessExclusive}};
  for (const QualifiedName& child : table.partitions) {
    const Relation* partition = catalog.find(child);
    if (!partition) continue;
    for (const Index& index : partition->indexes) {
      if (index.attached_to == name && is_partitioned(table)) {
        append(locks, dropped_index_locks(catalog, *partition, index.name));
      }
    }
  }
  return locks;
}

}  // namespace lockstep::operations
