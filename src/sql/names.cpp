#include "names.h"

#include <array>
#include <cctype>
#include <utility>

#include "tree.h"

namespace lockstep::sql {

namespace {

// By the enumerators' names, which are the same in all versions; those whose words are just the
// name ("OBJECT_TABLE") are not here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kObjectWords{{
    {"OBJECT_AMOP", "OPERATOR OF ACCESS METHOD"},
    {"OBJECT_AMPROC", "FUNCTION OF ACCESS METHOD"},
    {"OBJECT_DEFACL", "DEFAULT PRIVILEGES"},
    {"OBJECT_DOMCONSTRAINT", "DOMAIN CONSTRAINT"},
    {"OBJECT_FDW", "FOREIGN DATA WRAPPER"},
    {"OBJECT_FOREIGN_SERVER", "SERVER"},
    {"OBJECT_LARGEOBJECT", "LARGE OBJECT"},
    {"OBJECT_MATVIEW", "MATERIALIZED VIEW"},
    {"OBJECT_OPCLASS", "OPERATOR CLASS"},
    {"OBJECT_OPFAMILY", "OPERATOR FAMILY"},
    {"OBJECT_PARAMETER_ACL", "PARAMETER"},
    {"OBJECT_PUBLICATION_NAMESPACE", "PUBLICATION SCHEMA"},
    {"OBJECT_PUBLICATION_REL", "PUBLICATION TABLE"},
    {"OBJECT_STATISTIC_EXT", "STATISTICS"},
    {"OBJECT_TABCONSTRAINT", "CONSTRAINT"},
    {"OBJECT_TSCONFIGURATION", "TEXT SEARCH CONFIGURATION"},
    {"OBJECT_TSDICTIONARY", "TEXT SEARCH DICTIONARY"},
    {"OBJECT_TSPARSER", "TEXT SEARCH PARSER"},
    {"OBJECT_TSTEMPLATE", "TEXT SEARCH TEMPLATE"},
    {"OBJECT_EVENT_TRIGGER", "EVENT TRIGGER"},
    {"OBJECT_FOREIGN_TABLE", "FOREIGN TABLE"},
    {"OBJECT_TYPE_UNDEFINED", "OBJECT"},
}};

/// The Strings of a List from `skip` on, as one list of name parts.
core::QualifiedName name_in_list(const Reader& reader, const PgQuery__List& list,
                                 std::size_t without_last) {
  const std::size_t count = list.n_items > without_last ? list.n_items - without_last : 0;
  return reader.qualified(list.items, count);
}

}  // namespace

std::string object_words(PgQuery__ObjectType type) {
  std::string_view name = name_of(pg_query__object_type__descriptor, type);
  for (const auto& [enumerator, words] : kObjectWords) {
    if (enumerator == name) {
      return std::string(words);
    }
  }
  if (name.starts_with("OBJECT_")) {
    name.remove_prefix(7);
  }
  std::string words(name);
  for (char& c : words) {
    c = c == '_' ? ' ' : c;
  }
  return words;
}

core::QualifiedName object_name(const Reader& reader, const PgQuery__Node* object) {
  if (object == nullptr) {
    return {};
  }
  switch (object->node_case) {
    case PG_QUERY__NODE__NODE_STRING:
      return core::QualifiedName{"", reader.name(object->string->sval)};
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return reader.relation(object->range_var);
    case PG_QUERY__NODE__NODE_TYPE_NAME:
      return reader.qualified(object->type_name->names, object->type_name->n_names);
    case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS:
      return reader.qualified(object->object_with_args->objname,
                              object->object_with_args->n_objname);
    case PG_QUERY__NODE__NODE_LIST: {
      const PgQuery__List& list = *object->list;
      // CAST and TRANSFORM begin with a type, which is the nearest they have to a name.
      const bool begins_with_type =
          list.n_items > 0 && list.items[0]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME;
      return begins_with_type ? object_name(reader, list.items[0]) : name_in_list(reader, list, 0);
    }
    default:
      return {};
  }
}

NameOnRelation name_on_relation(const Reader& reader, const PgQuery__Node* object) {
  NameOnRelation result;
  if (object == nullptr || object->node_case != PG_QUERY__NODE__NODE_LIST ||
      object->list->n_items == 0) {
    result.relation = object_name(reader, object);
    return result;
  }
  const PgQuery__List& list = *object->list;
  result.name = object_name(reader, list.items[list.n_items - 1]).name;
  const bool of_domain = list.items[0]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME;
  result.relation = of_domain ? object_name(reader, list.items[0]) : name_in_list(reader, list, 1);
  return result;
}

}  // namespace lockstep::sql
