#include "support/fold.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "support/types.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::QualifiedName;
using catalog::Relation;

namespace {

void for_family(Catalog& catalog, Relation& table, const std::function<void(Relation&)>& change) {
  change(table);
  const std::vector<QualifiedName> children = table.partitions;
  for (const QualifiedName& child : children) {
    if (Relation* found = catalog.find(child)) for_family(catalog, *found, change);
  }
}

/// From 18 on, a NOT NULL has a row of its own in pg_constraint.
void name_not_null(const Catalog& catalog, Relation& table, std::string_view column) {
  if (catalog.version.major() < 18) return;
  const auto names_column = [&](const Constraint& c) {
    return c.kind == ConstraintKind::kNotNull && c.columns == std::vector{std::string(column)};
  };
  if (std::any_of(table.constraints.begin(), table.constraints.end(), names_column)) return;
  Constraint constraint;
  constraint.kind = ConstraintKind::kNotNull;
  constraint.name = catalog::make_object_name(table.name.name, column, "not_null");
  constraint.columns = {std::string(column)};
  constraint.definition = "NOT NULL " + sql::quote_identifier(column);
  table.constraints.push_back(std::move(constraint));
}

bool mentions(const std::vector<std::string>& columns, std::string_view column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

void forget_reference(Catalog& catalog, const Relation& table, const Constraint& key) {
  Relation* referenced = catalog.find(key.referenced);
  if (!referenced) return;
  std::erase_if(referenced->referenced_by, [&](const catalog::ReferencingKey& other) {
    return other.table == table.name && other.constraint == key.name;
  });
}

/// Whether adding it makes a sequence: identity, or the default that serial stands for.
bool makes_sequence(const Column& column) {
  if (column.identity != catalog::Identity::kNone) return true;
  return column.default_value &&
         std::any_of(column.default_value->functions.begin(), column.default_value->functions.end(),
                     [](const QualifiedName& f) { return f.name == "nextval"; });
}

/// They go when what owns them goes: a column, or any of a table.
void forget_sequences(Catalog& catalog, const QualifiedName& table,
                      std::optional<std::string_view> column) {
  for (const QualifiedName& name : owned_sequences(catalog, table, column)) {
    catalog.relations.erase(name);
  }
}

/// A generated column depends on those its expression names.
void add_generated_dependant(Relation& relation, const Column& column) {
  if (column.generated == catalog::Generated::kNone || !column.default_value) return;
  const auto& names = column.default_value->columns;
  relation.dependants.push_back({"generated column",
                                 {relation.name.schema, column.name},
                                 std::set<std::string>(names.begin(), names.end())});
}

}  // namespace

std::vector<QualifiedName> owned_sequences(const Catalog& catalog, const QualifiedName& table,
                                           std::optional<std::string_view> column) {
  std::vector<QualifiedName> names;
  for (const auto& [name, relation] : catalog.relations) {
    const std::optional<catalog::ColumnName>& owner = relation.owned_by;
    if (owner && owner->table == table && (!column || owner->column == *column)) {
      names.push_back(name);
    }
  }
  return names;
}

void fold_not_null(Catalog& catalog, Relation& table, std::string_view column) {
  for_family(catalog, table, [&](Relation& relation) {
    Column* found = relation.column(column);
    if (!found) return;
    found->not_null = true;
    name_not_null(catalog, relation, column);
  });
}

void fold_nullable(Catalog& catalog, Relation& table, std::string_view column) {
  for_family(catalog, table, [&](Relation& relation) {
    if (Column* found = relation.column(column)) found->not_null = false;
    std::erase_if(relation.constraints, [&](const Constraint& c) {
      return c.kind == ConstraintKind::kNotNull && mentions(c.columns, column);
    });
  });
}

Column column_of(const sql::ColumnDef& definition, const Catalog& catalog, const Relation& table) {
  Column column;
  column.name = definition.name;
  column.type = format_type(definition.type, catalog);
  column.type_name = resolve_type(definition.type, catalog);
  column.constrained_domain = constrained_domain(definition.type, catalog);
  column.collation = definition.collation.value_or("");
  column.not_null = definition.not_null || definition.identity || definition.type.is_serial();
  column.default_value = definition.default_value;
  if (definition.generated) {
    column.generated =
        definition.generated_virtual ? catalog::Generated::kVirtual : catalog::Generated::kStored;
    column.default_value = definition.generated;
  }
  // PostgreSQL stores none, unless the type's modifiers or domain make it a conversion of NULL.
  const catalog::Type* own = catalog.find_type(definition.type.name);
  const bool converted =
      !definition.type.modifiers.empty() || (own && own->kind == catalog::Type::Kind::kDomain);
  if (column.default_value && column.default_value->is_null && !converted) {
    column.default_value.reset();
  }
  if (definition.identity) {
    column.identity = definition.identity->kind == sql::IdentitySpec::Kind::kAlways
                          ? catalog::Identity::kAlways
                          : catalog::Identity::kByDefault;
  }
  if (definition.type.is_serial()) {
    const QualifiedName sequence{table.name.schema,
                                 catalog::choose_sequence_name(catalog, table, definition.name)};
    sql::Expr next;
    next.text = fmt::format("nextval({}::regclass)", sql::quote_literal(sql::quote(sequence)));
    next.functions = {{"pg_catalog", "nextval"}};
    column.default_value = std::move(next);
  }
  return column;
}

void fold_add_column(Catalog& catalog, Relation& table, const Column& column) {
  if (makes_sequence(column)) {
    Relation sequence;
    sequence.name = {table.name.schema, catalog::choose_sequence_name(catalog, table, column.name)};
    sequence.kind = catalog::RelationKind::kSequence;
    sequence.owned_by = {table.name, column.name};
    sequence.created_by = table.created_by;
    // The table may already have been given its sequence: convergence.
    if (!table.column(column.name)) catalog.relations.emplace(sequence.name, sequence);
  }
  for_family(catalog, table, [&](Relation& relation) {
    if (relation.column(column.name)) return;
    relation.columns.push_back(column);
    add_generated_dependant(relation, column);
    if (column.not_null) name_not_null(catalog, relation, column.name);
  });
}

void fold_drop_column(Catalog& catalog, Relation& table, std::string_view column) {
  forget_sequences(catalog, table.name, column);
  for_family(catalog, table, [&](Relation& relation) {
    for (const Constraint& constraint : relation.constraints) {
      if (constraint.kind == ConstraintKind::kForeignKey && mentions(constraint.columns, column)) {
        forget_reference(catalog, relation, constraint);
      }
    }
    std::erase_if(relation.constraints,
                  [&](const Constraint& c) { return mentions(c.columns, column); });
    std::erase_if(relation.indexes,
                  [&](const Index& index) { return index.uses.count(std::string(column)) > 0; });
    std::erase_if(relation.columns, [&](const Column& c) { return c.name == column; });
    std::erase_if(relation.dependants, [&](const catalog::Dependant& d) {
      return d.kind == "generated column" && d.name.name == column;
    });
  });
}

void fold_drop_relation(Catalog& catalog, const QualifiedName& name) {
  const Relation* relation = catalog.find(name);
  if (!relation) return;
  for (const Constraint& constraint : relation->constraints) {
    if (constraint.kind == ConstraintKind::kForeignKey)
      forget_reference(catalog, *relation, constraint);
  }
  forget_sequences(catalog, relation->name, std::nullopt);
  if (relation->parent) {
    if (Relation* parent = catalog.find(*relation->parent))
      std::erase(parent->partitions, relation->name);
  }
  const QualifiedName full = relation->name;
  for (auto& [other_name, other] : catalog.relations) {
    std::erase_if(other.dependants, [&](const catalog::Dependant& d) { return d.name == full; });
  }
  catalog.relations.erase(full);
}

}  // namespace lockstep::operations
