#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catalog_query.h"
#include "lockstep/catalog/catalog.h"

namespace lockstep::postgres {

using Json = nlohmann::json;

/// One kind of thing that a structure consists of. The rows that make fingerprints are those that
/// the catalog is read from, so that nothing can be seen that is not compared.
struct Noun {
  std::string_view name;
  /// SELECT over the tables of the query; its first column is `scope`.
  std::string (*rows)(const CatalogQuery& query);
  /// Puts a row into the catalog.
  void (*add)(const Json& row, catalog::Catalog& catalog);
};

/// In the order in which they are added: relations first.
const std::vector<Noun>& nouns();

extern const Noun kRelationNoun;
extern const Noun kColumnNoun;
extern const Noun kConstraintNoun;
extern const Noun kReferencingKeyNoun;
extern const Noun kIndexNoun;
extern const Noun kTriggerNoun;
extern const Noun kSequenceNoun;
extern const Noun kTakenNameNoun;
extern const Noun kPublicationNoun;
extern const Noun kViewDependantNoun;
extern const Noun kRuleNoun;
extern const Noun kPolicyNoun;
extern const Noun kAskingPolicyNoun;
extern const Noun kGeneratedColumnNoun;
extern const Noun kStatisticsNoun;
extern const Noun kRoutineDependantNoun;
extern const Noun kRowTypeColumnNoun;
extern const Noun kTypeNoun;
extern const Noun kFunctionNoun;
extern const Noun kObjectUserNoun;

// --- for the nouns ------------------------------------------------------------------------------

/// The relation that a row is about, by its "schema" and "relation". Null where it is none of those
/// read (a tenant's dependant of something shared is, the shared thing may not be).
catalog::Relation* relation_of(const Json& row, catalog::Catalog& catalog);

std::string text(const Json& row, std::string_view key);  ///< NULL is empty
bool flag(const Json& row, std::string_view key);
std::vector<std::string> texts(const Json& row, std::string_view key);
catalog::QualifiedName qualified(const Json& row, std::string_view schema, std::string_view name);

}  // namespace lockstep::postgres
