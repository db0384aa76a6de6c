#include "support/constraint_names.h"

#include "lockstep/catalog/naming.h"
#include "support/requests.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::QualifiedName;
using catalog::Relation;
using sql::ConstraintDef;

namespace {

catalog::IndexRole role_of(ConstraintDef::Kind kind) {
  if (kind == ConstraintDef::Kind::kPrimaryKey) return catalog::IndexRole::kPrimaryKey;
  return kind == ConstraintDef::Kind::kUnique ? catalog::IndexRole::kUnique
                                              : catalog::IndexRole::kExclusion;
}

/// As they make up the index's name.
std::vector<std::string> index_columns(const ConstraintDef& definition) {
  std::vector<std::string> columns = definition.columns;
  columns.insert(columns.end(), definition.include.begin(), definition.include.end());
  return columns;
}

}  // namespace

std::vector<std::string> constrained_columns(const ConstraintDef& definition) {
  if (definition.kind == ConstraintDef::Kind::kCheck && definition.check)
    return definition.check->columns;
  return definition.columns;
}

bool has_index(ConstraintDef::Kind kind) {
  return kind == ConstraintDef::Kind::kUnique || kind == ConstraintDef::Kind::kPrimaryKey ||
         kind == ConstraintDef::Kind::kExclusion;
}

std::string constraint_name(const Catalog& catalog, const Relation& table,
                            const ConstraintDef& definition) {
  if (definition.name) return *definition.name;
  switch (definition.kind) {
    case ConstraintDef::Kind::kCheck:
      return catalog::choose_check_name(catalog, table, constrained_columns(definition));
    case ConstraintDef::Kind::kForeignKey:
      return catalog::choose_foreign_key_name(catalog, table, definition.columns);
    case ConstraintDef::Kind::kNotNull:
      return catalog::make_object_name(table.name.name,
                                       definition.columns.empty() ? "" : definition.columns.front(),
                                       "not_null");
    case ConstraintDef::Kind::kUnique:
    case ConstraintDef::Kind::kPrimaryKey:
    case ConstraintDef::Kind::kExclusion:
      break;
  }
  if (definition.using_index) return *definition.using_index;
  return catalog::choose_index_name(catalog, table, index_columns(definition),
                                    role_of(definition.kind));
}

void request_constraint_name(catalog::CatalogRequest& request, const QualifiedName& table,
                             const ConstraintDef& definition) {
  const auto ask = [&](const std::vector<std::string>& names) {
    request_names(request, table, names);
  };
  if (definition.name) {
    if (has_index(definition.kind)) ask({*definition.name});
    return;
  }
  switch (definition.kind) {
    case ConstraintDef::Kind::kCheck:
      return ask(catalog::check_name_choices(table.name, constrained_columns(definition)));
    case ConstraintDef::Kind::kForeignKey:
      return ask(catalog::foreign_key_name_choices(table.name, definition.columns));
    case ConstraintDef::Kind::kNotNull:
      return;
    case ConstraintDef::Kind::kUnique:
    case ConstraintDef::Kind::kPrimaryKey:
    case ConstraintDef::Kind::kExclusion:
      break;
  }
  if (definition.using_index) return;
  ask(catalog::index_name_choices(table.name, index_columns(definition), role_of(definition.kind)));
}

}  // namespace lockstep::operations
