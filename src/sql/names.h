#pragma once

#include <string>
#include <string_view>

#include "grammar.h"
#include "lockstep/core/names.h"
#include "reader.h"

namespace lockstep::sql {

/// PostgreSQL's words for a kind of object: "MATERIALIZED VIEW".
std::string object_words(PgQuery__ObjectType type);

/// The name of an object that DROP, COMMENT, GRANT and the like give in one of many shapes.
core::QualifiedName object_name(const Reader& reader, const PgQuery__Node* object);

/// For what lives on a relation (a column, trigger, policy, rule, constraint): a List of the
/// relation's name with the object's own behind it.
struct NameOnRelation {
  core::QualifiedName relation;
  std::string name;
};
NameOnRelation name_on_relation(const Reader& reader, const PgQuery__Node* object);

}  // namespace lockstep::sql
