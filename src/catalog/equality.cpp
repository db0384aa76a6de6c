#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"

namespace lockstep::catalog {

namespace {

/// Text that only a server prints: a folded catalog has none.
bool same_text(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

bool same_expression(const std::optional<sql::Expr>& a, const std::optional<sql::Expr>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->origin != b->origin || a->text == b->text;
}

template <typename Value>
bool same_members(const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

bool operator==(const Column& a, const Column& b) {
  return a.name == b.name && a.type == b.type && a.type_name == b.type_name &&
         a.not_null == b.not_null && same_expression(a.default_value, b.default_value) &&
         a.identity == b.identity && a.generated == b.generated && a.collation == b.collation &&
         a.constrained_domain == b.constrained_domain;
}

bool operator==(const Constraint& a, const Constraint& b) {
  return a.name == b.name && a.kind == b.kind && a.columns == b.columns &&
         same_text(a.definition, b.definition) && same_expression(a.check, b.check) &&
         a.validated == b.validated && a.deferrable == b.deferrable &&
         a.referenced == b.referenced && a.referenced_columns == b.referenced_columns &&
         a.index == b.index && a.attached_to == b.attached_to;
}

bool operator==(const Index& a, const Index& b) {
  return a.name == b.name && same_text(a.definition, b.definition) && a.method == b.method &&
         a.columns == b.columns && a.include == b.include && a.uses == b.uses &&
         a.has_expressions == b.has_expressions &&
         a.predicate.has_value() == b.predicate.has_value() &&
         same_text(a.predicate.value_or(""), b.predicate.value_or("")) && a.unique == b.unique &&
         a.primary == b.primary && a.valid == b.valid && a.ready == b.ready &&
         a.exclusion == b.exclusion && a.constraint == b.constraint &&
         a.attached_to == b.attached_to;
}

bool operator==(const Trigger& a, const Trigger& b) {
  return a.name == b.name && same_text(a.definition, b.definition) && a.function == b.function &&
         a.before == b.before && a.row_level == b.row_level && a.on_insert == b.on_insert &&
         a.on_update == b.on_update && a.on_delete == b.on_delete && a.enabled == b.enabled;
}

bool operator==(const Dependant& a, const Dependant& b) {
  return a.kind == b.kind && a.name == b.name && a.columns == b.columns &&
         same_text(a.definition, b.definition);
}

bool operator==(const Function& a, const Function& b) {
  return a.name == b.name && a.signature == b.signature && a.language == b.language &&
         a.kind == b.kind && a.returns == b.returns && a.volatility == b.volatility &&
         same_text(a.definition_hash, b.definition_hash);
}

bool operator==(const Relation& a, const Relation& b) {
  return a.name == b.name && a.kind == b.kind && same_text(a.owner, b.owner) &&
         a.columns == b.columns && same_members(a.constraints, b.constraints) &&
         same_members(a.indexes, b.indexes) && same_members(a.triggers, b.triggers) &&
         same_members(a.referenced_by, b.referenced_by) &&
         same_members(a.dependants, b.dependants) && same_members(a.partitions, b.partitions) &&
         a.parent == b.parent && a.partition_key == b.partition_key &&
         a.has_default_partition == b.has_default_partition &&
         same_text(a.partition_bound, b.partition_bound) && a.row_security == b.row_security &&
         a.force_row_security == b.force_row_security && a.unlogged == b.unlogged &&
         same_members(a.publications, b.publications) && same_members(a.privileges, b.privileges) &&
         same_text(a.view_definition, b.view_definition) && a.owned_by == b.owned_by;
}

bool operator==(const Catalog& a, const Catalog& b) {
  return a.schemas == b.schemas && a.extensions == b.extensions && a.relations == b.relations &&
         same_members(a.functions, b.functions) && a.types == b.types &&
         a.other_relations == b.other_relations && a.other_constraints == b.other_constraints;
}

}  // namespace lockstep::catalog
