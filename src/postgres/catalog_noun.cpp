#include "catalog_noun.h"

#include <nlohmann/json.hpp>

namespace lockstep::postgres {

const std::vector<Noun>& nouns() {
  static const std::vector<Noun> all{
      kRelationNoun,
      kColumnNoun,
      kConstraintNoun,
      kReferencingKeyNoun,
      kIndexNoun,
      kTriggerNoun,
      kSequenceNoun,
      kPublicationNoun,
      kViewDependantNoun,
      kRuleNoun,
      kPolicyNoun,
      kAskingPolicyNoun,
      kGeneratedColumnNoun,
      kStatisticsNoun,
      kRoutineDependantNoun,
      kRowTypeColumnNoun,
      kTypeNoun,
      kFunctionNoun,
      kObjectUserNoun,
      kTakenNameNoun,
  };
  return all;
}

catalog::Relation* relation_of(const Json& row, catalog::Catalog& catalog) {
  const auto found = catalog.relations.find(qualified(row, "schema", "relation"));
  return found == catalog.relations.end() ? nullptr : &found->second;
}

std::string text(const Json& row, std::string_view key) {
  const auto& value = row.at(std::string(key));
  return value.is_null() ? std::string{} : value.get<std::string>();
}

bool flag(const Json& row, std::string_view key) {
  const auto& value = row.at(std::string(key));
  return !value.is_null() && value.get<bool>();
}

std::vector<std::string> texts(const Json& row, std::string_view key) {
  const auto& value = row.at(std::string(key));
  return value.is_null() ? std::vector<std::string>{} : value.get<std::vector<std::string>>();
}

catalog::QualifiedName qualified(const Json& row, std::string_view schema, std::string_view name) {
  return {text(row, schema), text(row, name)};
}

}  // namespace lockstep::postgres
