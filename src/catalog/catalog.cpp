#include "lockstep/catalog/catalog.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace lockstep::catalog {

namespace {

/// The member of that name in a vector of named things, or nullptr. Const as the vector is.
template <typename Things>
auto* by_name(Things& things, std::string_view name) {
  const auto found = std::find_if(things.begin(), things.end(),
                                  [name](const auto& thing) { return thing.name == name; });
  return found == things.end() ? nullptr : &*found;
}

/// The schemas in which a name is looked for, in order.
std::vector<std::string> places(const Catalog& catalog, const QualifiedName& written) {
  if (!written.schema.empty()) return {written.schema};
  std::vector<std::string> path{catalog.creation_schema};
  for (const auto& schema : catalog.shared_schemas) {
    if (schema != catalog.creation_schema) path.push_back(schema);
  }
  return path;
}

/// The first entry of a map keyed by qualified name that is visible, or the map's end.
template <typename Map>
auto first_visible(Map& map, const Catalog& catalog, const QualifiedName& written) {
  for (const auto& schema : places(catalog, written)) {
    if (const auto found = map.find({schema, written.name}); found != map.end()) return found;
  }
  return map.end();
}

Catalog::IndexPlace index_in(const Catalog& catalog, const std::string& schema,
                             std::string_view name) {
  for (const auto& [relation_name, relation] : catalog.relations) {
    if (relation_name.schema != schema) continue;
    if (const auto* index = relation.index(name)) return {&relation, index};
  }
  return {};
}

}  // namespace

std::string ServerVersion::text() const {
  return fmt::format("{}.{}", major(), minor());
}

std::string_view to_string(RelationKind kind) noexcept {
  switch (kind) {
    case RelationKind::kTable:
      return "table";
    case RelationKind::kPartitionedTable:
      return "partitioned table";
    case RelationKind::kView:
      return "view";
    case RelationKind::kMaterializedView:
      return "materialized view";
    case RelationKind::kSequence:
      return "sequence";
    case RelationKind::kForeignTable:
      return "foreign table";
    case RelationKind::kOther:
      break;
  }
  return "relation";
}

const Column* Relation::column(std::string_view column_name) const {
  return by_name(columns, column_name);
}

Column* Relation::column(std::string_view column_name) {
  return by_name(columns, column_name);
}

const Constraint* Relation::constraint(std::string_view constraint_name) const {
  return by_name(constraints, constraint_name);
}

const Constraint* Relation::primary_key() const {
  const auto found = std::find_if(
      constraints.begin(), constraints.end(),
      [](const Constraint& candidate) { return candidate.kind == ConstraintKind::kPrimaryKey; });
  return found == constraints.end() ? nullptr : &*found;
}

const Index* Relation::index(std::string_view index_name) const {
  return by_name(indexes, index_name);
}

const Relation* Catalog::find(const QualifiedName& written) const {
  const auto found = first_visible(relations, *this, written);
  return found == relations.end() ? nullptr : &found->second;
}

Relation* Catalog::find(const QualifiedName& written) {
  const auto found = first_visible(relations, *this, written);
  return found == relations.end() ? nullptr : &found->second;
}

Relation* Catalog::find_or_assume(const QualifiedName& written) {
  if (auto* found = find(written)) return found;
  if (!partial) return nullptr;
  Relation assumption;
  assumption.name = qualify(written);
  assumption.assumed = true;
  auto name = assumption.name;
  return &relations.emplace(std::move(name), std::move(assumption)).first->second;
}

const Type* Catalog::find_type(const QualifiedName& written) const {
  const auto found = first_visible(types, *this, written);
  return found == types.end() ? nullptr : &found->second;
}

std::vector<const Function*> Catalog::find_functions(const QualifiedName& written) const {
  std::vector<const Function*> visible;
  for (const auto& schema : places(*this, written)) {
    for (const auto& function : functions) {
      if (function.name.schema != schema || function.name.name != written.name) continue;
      // An equal signature further ahead on the search path hides this one.
      const bool hidden =
          std::any_of(visible.begin(), visible.end(), [&function](const Function* earlier) {
            return earlier->signature == function.signature;
          });
      if (!hidden) visible.push_back(&function);
    }
  }
  return visible;
}

QualifiedName Catalog::qualify(const QualifiedName& written) const {
  if (!written.schema.empty()) return written;
  for (auto& schema : places(*this, written)) {
    if (relation_name_taken(schema, written.name)) return {std::move(schema), written.name};
  }
  return {creation_schema, written.name};
}

Catalog::IndexPlace Catalog::find_index(const QualifiedName& written) const {
  for (const auto& schema : places(*this, written)) {
    if (const auto place = index_in(*this, schema, written.name); place.index != nullptr) {
      return place;
    }
  }
  return {};
}

bool Catalog::relation_name_taken(const std::string& schema, std::string_view name) const {
  const QualifiedName qualified{schema, std::string(name)};
  if (relations.count(qualified) != 0 || other_relations.count(qualified) != 0) return true;
  // A composite type has a row in pg_class as well.
  const auto type = types.find(qualified);
  if (type != types.end() && type->second.kind == Type::Kind::kComposite) return true;
  return index_in(*this, schema, name).index != nullptr;
}

}  // namespace lockstep::catalog
