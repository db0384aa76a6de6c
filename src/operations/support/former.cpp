#include "support/former.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations {
namespace {

using core::QualifiedName;

/// A part of a relation that has a comment of its own, and where the catalog has it.
struct Part {
  std::string_view object_type;
  std::string_view catalog;
  std::string_view relation;  ///< its column with the relation's oid
  std::string_view name;
};
constexpr std::array<Part, 4> kParts{{{"CONSTRAINT", "pg_constraint", "conrelid", "conname"},
                                      {"TRIGGER", "pg_trigger", "tgrelid", "tgname"},
                                      {"POLICY", "pg_policy", "polrelid", "polname"},
                                      {"RULE", "pg_rewrite", "ev_class", "rulename"}}};
constexpr std::array<std::string_view, 6> kRelations{"TABLE",    "VIEW",  "MATERIALIZED VIEW",
                                                     "SEQUENCE", "INDEX", "FOREIGN TABLE"};
constexpr std::array<std::string_view, 2> kTypes{"TYPE", "DOMAIN"};

template <typename List>
bool is_one_of(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string place(const QualifiedName& name) {
  return fmt::format("{}, {}", schema_literal(name.schema), sql::quote_literal(name.name));
}

std::string oid_of(std::string_view function, const QualifiedName& name) {
  return fmt::format("pg_catalog.{}(pg_catalog.format('%I.%I', {}))", function, place(name));
}

/// `comment` is a query of one text, `arguments` what the places in `object` stand for.
std::string comment_statement(std::string_view object, const std::string& arguments,
                              const std::string& comment, WithoutComment without) {
  return fmt::format(
      "SELECT pg_catalog.format('COMMENT ON {} IS %L', {}, c.comment) FROM ({}) AS c (comment){}",
      object, arguments, comment,
      without == WithoutComment::kNothing ? " WHERE c.comment IS NOT NULL" : "");
}

}  // namespace

std::string schema_literal(const std::string& schema) {
  if (schema == core::kTenantSchema) return fmt::format("'{}'", core::kTenantSchemaInLiteral);
  return sql::quote_literal(schema);
}

std::string former_comment(std::string_view object_type, const QualifiedName& name,
                           const std::string& sub_name, WithoutComment without) {
  if (is_one_of(kRelations, object_type)) {
    return comment_statement(fmt::format("{} %I.%I", object_type), place(name),
                             fmt::format("SELECT pg_catalog.obj_description({}, 'pg_class')",
                                         oid_of("to_regclass", name)),
                             without);
  }
  if (is_one_of(kTypes, object_type)) {
    return comment_statement(fmt::format("{} %I.%I", object_type), place(name),
                             fmt::format("SELECT pg_catalog.obj_description({}::oid, 'pg_type')",
                                         oid_of("to_regtype", name)),
                             without);
  }
  const std::string part = sql::quote_literal(sub_name);
  if (object_type == "COLUMN") {
    return comment_statement(
        "COLUMN %I.%I.%I", fmt::format("{}, {}", place(name), part),
        fmt::format("SELECT pg_catalog.col_description(a.attrelid, a.attnum) FROM"
                    " pg_catalog.pg_attribute a WHERE a.attrelid = {} AND a.attname = {}",
                    oid_of("to_regclass", name), part),
        without);
  }
  for (const Part& each : kParts) {
    if (each.object_type != object_type) continue;
    return comment_statement(
        fmt::format("{} %I ON %I.%I", object_type), fmt::format("{}, {}", part, place(name)),
        fmt::format("SELECT pg_catalog.obj_description(p.oid, '{}') FROM pg_catalog.{} p WHERE"
                    " p.{} = {} AND p.{} = {}",
                    each.catalog, each.catalog, each.relation, oid_of("to_regclass", name),
                    each.name, part),
        without);
  }
  return {};
}

std::string former_column_comments(const QualifiedName& relation) {
  return fmt::format(
      "SELECT pg_catalog.string_agg(pg_catalog.format('COMMENT ON COLUMN %I.%I.%I IS %L', {},"
      " a.attname, c.comment), ';' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a,"
      " pg_catalog.col_description(a.attrelid, a.attnum) AS c (comment) WHERE a.attrelid = {} AND"
      " a.attnum > 0 AND c.comment IS NOT NULL",
      place(relation), oid_of("to_regclass", relation));
}

std::string former_function(const QualifiedName& name, const std::string& argument_types) {
  return fmt::format(
      "SELECT pg_catalog.pg_get_functiondef(f.oid) FROM (SELECT p.oid, (SELECT"
      " pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.place) FROM"
      " pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY t (type, place)) AS types,"
      " count(*) OVER () AS alike FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n"
      " ON n.oid = p.pronamespace WHERE n.nspname = {} AND p.proname = {}) AS f"
      " WHERE f.alike = 1 OR coalesce(f.types, '') = {}",
      schema_literal(name.schema), sql::quote_literal(name.name),
      sql::quote_literal(argument_types));
}

}  // namespace lockstep::operations
