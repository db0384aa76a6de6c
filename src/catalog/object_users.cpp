#include <algorithm>

#include "lockstep/catalog/catalog.h"

namespace lockstep::catalog {

namespace {

template <typename Things>
auto* by_name(const Things& things, std::string_view name) {
  const auto found = std::find_if(things.begin(), things.end(),
                                  [name](const auto& thing) { return thing.name == name; });
  return found == things.end() ? nullptr : &*found;
}

std::optional<std::string> words_of_column(const Relation& relation, const ObjectUser& user) {
  const Column* column = relation.column(user.part);
  if (!column) return std::nullopt;
  if (user.kind == "column") return column->type;
  if (user.kind == "identity") {
    return column->identity == Identity::kNone ? std::nullopt : std::optional<std::string>("");
  }
  if (!column->default_value) return std::nullopt;
  return column->default_value->text;
}

std::optional<std::string> words_of_dependant(const Relation& relation, const ObjectUser& user) {
  for (const Dependant& dependant : relation.dependants) {
    if (dependant.kind == user.kind && dependant.name.name == user.part)
      return dependant.definition;
  }
  return std::nullopt;
}

std::optional<std::string> words_of_part(const Relation& relation, const ObjectUser& user) {
  const auto definition_of = [](const auto* part) {
    return part ? std::optional<std::string>(part->definition) : std::nullopt;
  };
  if (user.kind == "view" || user.kind == "materialized view") return relation.view_definition;
  if (user.kind == "constraint") return definition_of(relation.constraint(user.part));
  if (user.kind == "index") return definition_of(relation.index(user.part));
  if (user.kind == "trigger") return definition_of(by_name(relation.triggers, user.part));
  if (user.kind == "policy" || user.kind == "rule") return words_of_dependant(relation, user);
  return words_of_column(relation, user);
}

}  // namespace

std::optional<std::string> Catalog::words_of(const ObjectUser& user) const {
  if (user.kind == "function") {
    for (const Function& function : functions) {
      if (function.name == user.user && function.signature == user.part)
        return function.definition_hash;
    }
    return std::nullopt;
  }
  if (user.kind == "type") {
    const auto type = types.find(user.user);
    return type == types.end() ? std::nullopt : std::optional<std::string>(type->second.base_type);
  }
  const auto relation = relations.find(user.user);
  return relation == relations.end() ? std::nullopt : words_of_part(relation->second, user);
}

}  // namespace lockstep::catalog
