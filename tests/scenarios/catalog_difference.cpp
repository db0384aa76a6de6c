#include "tests/scenarios/catalog_difference.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep::test {

using catalog::Catalog;
using catalog::Relation;

namespace {

std::string print(const catalog::QualifiedName& name) {
  return core::display(name);
}

std::string print(const catalog::Column& column) {
  return fmt::format(
      "column {} {} ({}) notnull={} default={} identity={} generated={} collation={}", column.name,
      column.type, print(column.type_name), column.not_null,
      column.default_value ? column.default_value->text : "none", static_cast<int>(column.identity),
      static_cast<int>(column.generated), column.collation);
}

std::string print(const catalog::Constraint& constraint) {
  return fmt::format(
      "constraint {} kind={} ({}) {} check={} validated={} deferrable={} references {} ({}) "
      "index={} attached to {}",
      constraint.name, static_cast<int>(constraint.kind), fmt::join(constraint.columns, ", "),
      constraint.definition, constraint.check ? constraint.check->text : "none",
      constraint.validated, constraint.deferrable, print(constraint.referenced),
      fmt::join(constraint.referenced_columns, ", "), constraint.index, constraint.attached_to);
}

std::string print(const catalog::Index& index) {
  return fmt::format(
      "index {} {} {} ({}) include ({}) uses ({}) expressions={} where={} unique={} primary={} "
      "valid={} ready={} exclusion={} constraint={} attached to {}",
      index.name, index.definition, index.method, fmt::join(index.columns, ", "),
      fmt::join(index.include, ", "), fmt::join(index.uses, ", "), index.has_expressions,
      index.predicate.value_or("none"), index.unique, index.primary, index.valid, index.ready,
      index.exclusion, index.constraint, index.attached_to);
}

std::string print(const catalog::Trigger& trigger) {
  return fmt::format("trigger {} {} function={} before={} row={} on={}{}{} enabled={}",
                     trigger.name, trigger.definition, print(trigger.function), trigger.before,
                     trigger.row_level, trigger.on_insert, trigger.on_update, trigger.on_delete,
                     trigger.enabled);
}

std::string print(const catalog::ReferencingKey& key) {
  return fmt::format("referenced by {} {} ({}) -> ({})", print(key.table), key.constraint,
                     fmt::join(key.columns, ", "), fmt::join(key.referenced_columns, ", "));
}

std::string print(const catalog::Dependant& dependant) {
  return fmt::format("dependant {} {} ({})", dependant.kind, print(dependant.name),
                     fmt::join(dependant.columns, ", "));
}

std::string print(const catalog::Function& function) {
  return fmt::format("function {}({}) {} {} returns {} volatility={}", print(function.name),
                     function.signature, function.kind, function.language, function.returns,
                     static_cast<int>(function.volatility));
}

std::string print(const catalog::Type& type) {
  return fmt::format("type {} kind={} ({}) constrained={} base={}", print(type.name),
                     static_cast<int>(type.kind), fmt::join(type.labels, ", "),
                     type.domain_constrained, type.base_type);
}

std::string print(const std::string& text) {
  return "named " + text;
}

template <class Item>
std::string missing(const std::vector<Item>& from, const std::vector<Item>& others,
                    const std::string& prefix) {
  std::string text;
  for (const Item& item : from) {
    if (std::find(others.begin(), others.end(), item) == others.end())
      text += prefix + print(item) + "\n";
  }
  return text;
}

template <class Item>
std::string members(const std::vector<Item>& expected, const std::vector<Item>& actual,
                    const std::string& of) {
  if (std::is_permutation(expected.begin(), expected.end(), actual.begin(), actual.end()))
    return {};
  const std::string text =
      missing(expected, actual, "- " + of) + missing(actual, expected, "+ " + of);
  return text.empty() ? fmt::format("{}has {} instead of {} of one kind\n", of, actual.size(),
                                    expected.size())
                      : text;
}

std::string rest(const Relation& relation) {
  return fmt::format(
      "kind={} owner={} parent={} key=({}) default_partition={} bound={} security={}/{} "
      "unlogged={} view={}",
      catalog::to_string(relation.kind), relation.owner,
      relation.parent ? print(*relation.parent) : "none", fmt::join(relation.partition_key, ", "),
      relation.has_default_partition, relation.partition_bound, relation.row_security,
      relation.force_row_security, relation.unlogged, relation.view_definition);
}

std::string order_of_columns(const Relation& relation) {
  std::vector<std::string> names;
  for (const catalog::Column& column : relation.columns) names.push_back(column.name);
  return fmt::format("columns in the order {}", fmt::join(names, ", "));
}

std::string relation_difference(const Relation& expected, const Relation& actual) {
  if (expected == actual) return {};
  const std::string of = print(expected.name) + ": ";
  std::string text = members(expected.columns, actual.columns, of) +
                     members(expected.constraints, actual.constraints, of) +
                     members(expected.indexes, actual.indexes, of) +
                     members(expected.triggers, actual.triggers, of) +
                     members(expected.referenced_by, actual.referenced_by, of) +
                     members(expected.dependants, actual.dependants, of) +
                     members(expected.partitions, actual.partitions, of + "partition ") +
                     members(expected.publications, actual.publications, of + "publication ") +
                     members(expected.privileges, actual.privileges, of + "privilege ");
  if (text.empty() && !(expected.columns == actual.columns)) {
    text = fmt::format("- {0}{1}\n+ {0}{2}\n", of, order_of_columns(expected),
                       order_of_columns(actual));
  }
  if (text.empty()) text = fmt::format("- {0}{1}\n+ {0}{2}\n", of, rest(expected), rest(actual));
  return text;
}

template <class Value>
std::vector<Value> values(const std::map<catalog::QualifiedName, Value>& map) {
  std::vector<Value> result;
  for (const auto& entry : map) result.push_back(entry.second);
  return result;
}

bool is_view(const Relation& relation) {
  return relation.kind == catalog::RelationKind::kView ||
         relation.kind == catalog::RelationKind::kMaterializedView;
}

bool covered(const catalog::Dependant& dependant, const std::vector<catalog::Dependant>& by) {
  return std::any_of(by.begin(), by.end(), [&](const catalog::Dependant& other) {
    return other.kind == dependant.kind && other.name == dependant.name &&
           std::includes(other.columns.begin(), other.columns.end(), dependant.columns.begin(),
                         dependant.columns.end());
  });
}

std::vector<std::string> in_order(const std::set<std::string>& names) {
  return {names.begin(), names.end()};
}

/// What a policy reads in other tables is known of a server only: who swaps a column asks it then.
bool asks_from_elsewhere(const catalog::Dependant& dependant) {
  return dependant.kind == "policy of another table";
}

}  // namespace

std::string catalog_difference(const Catalog& expected, const Catalog& actual) {
  std::string text;
  for (const auto& [name, relation] : expected.relations) {
    const auto found = actual.relations.find(name);
    text += found == actual.relations.end() ? "- relation " + print(name) + "\n"
                                            : relation_difference(relation, found->second);
  }
  for (const auto& entry : actual.relations) {
    if (expected.relations.count(entry.first) == 0)
      text += "+ relation " + print(entry.first) + "\n";
  }
  text += members(expected.functions, actual.functions, "");
  text += members(values(expected.types), values(actual.types), "");
  text += members(in_order(expected.schemas), in_order(actual.schemas), "schema ");
  text += members(in_order(expected.extensions), in_order(actual.extensions), "extension ");
  if (text.empty() && !(expected == actual)) text = "they differ in something that nobody prints\n";
  return text;
}

std::string overlooked_dependants(const Catalog& read, const Catalog& folded) {
  std::string text;
  for (const auto& [name, relation] : read.relations) {
    const auto other = folded.relations.find(name);
    if (other == folded.relations.end()) continue;
    for (const catalog::Dependant& dependant : relation.dependants) {
      if (asks_from_elsewhere(dependant)) continue;
      if (!covered(dependant, other->second.dependants))
        text += print(name) + ": " + print(dependant) + "\n";
    }
  }
  return text;
}

Catalog foretellable(Catalog catalog) {
  for (auto& entry : catalog.relations) {
    Relation& relation = entry.second;
    for (catalog::Constraint& constraint : relation.constraints) constraint.definition.clear();
    for (catalog::Index& index : relation.indexes) index.definition.clear();
    for (catalog::Trigger& trigger : relation.triggers) trigger.definition.clear();
    const auto known =
        std::remove_if(relation.dependants.begin(), relation.dependants.end(), asks_from_elsewhere);
    relation.dependants.erase(known, relation.dependants.end());
    for (catalog::Dependant& dependant : relation.dependants) dependant.columns.clear();
    relation.privileges.clear();
    relation.view_definition.clear();
    if (is_view(relation)) relation.columns.clear();
  }
  return catalog;
}

}  // namespace lockstep::test
