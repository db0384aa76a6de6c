#include "support/types.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/builtins.h"
#include "lockstep/sql/quote.h"
#include "lockstep/text/nearest.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::QualifiedName;

namespace {

struct Spelling {
  std::string_view internal;
  std::string_view before;  ///< the type modifier
  std::string_view after;
};

constexpr std::array<Spelling, 21> kSpellings{{
    {"int2", "smallint", ""},
    {"int4", "integer", ""},
    {"int8", "bigint", ""},
    {"smallserial", "smallint", ""},
    {"serial", "integer", ""},
    {"bigserial", "bigint", ""},
    {"float4", "real", ""},
    {"float8", "double precision", ""},
    {"bool", "boolean", ""},
    {"varchar", "character varying", ""},
    {"bpchar", "character", ""},
    {"timestamptz", "timestamp", " with time zone"},
    {"timestamp", "timestamp", " without time zone"},
    {"timetz", "time", " with time zone"},
    {"time", "time", " without time zone"},
    {"varbit", "bit varying", ""},
    {"bit", "bit", ""},
    {"numeric", "numeric", ""},
    {"serial2", "smallint", ""},
    {"serial4", "integer", ""},
    {"serial8", "bigint", ""},
}};

std::string_view serial_base(std::string_view name) {
  if (name == "smallserial" || name == "serial2") return "int2";
  if (name == "serial" || name == "serial4") return "int4";
  return "int8";
}

const Spelling* spelling(std::string_view internal) {
  const auto found = std::find_if(kSpellings.begin(), kSpellings.end(),
                                  [&](const Spelling& s) { return s.internal == internal; });
  return found == kSpellings.end() ? nullptr : &*found;
}

const catalog::Type* own_type(const sql::TypeName& type, const Catalog& catalog) {
  return type.name.schema == "pg_catalog" ? nullptr : catalog.find_type(type.name);
}

bool may_be_builtin(const QualifiedName& name) {
  return name.schema.empty() || is_system_catalog(name);
}

/// An array by its own name is not asked for: hardly anybody writes one, and PostgreSQL chooses it.
bool is_array_by_name(const QualifiedName& name) {
  return name.name.rfind('_', 0) == 0;
}

bool exists(const QualifiedName& name, const Catalog& catalog) {
  if (name.schema == "information_schema" || is_array_by_name(name)) return true;
  if (may_be_builtin(name) &&
      (catalog::is_builtin_type(name.name) || catalog::is_builtin_relation(name.name))) {
    return true;
  }
  if (catalog.find_type(name) || catalog.find(name)) return true;
  // What else has the name may be a table, whose rows are a type.
  const QualifiedName place = catalog.qualify(name);
  return catalog.relation_name_taken(place.schema, place.name);
}

/// What a misspelt name may have meant, as authors write it.
std::vector<std::string> known_types(const Catalog& catalog) {
  std::vector<std::string> names{"smallint",    "integer",  "int",
                                 "bigint",      "serial",   "bigserial",
                                 "real",        "numeric",  "double precision",
                                 "text",        "varchar",  "char",
                                 "boolean",     "bytea",    "timestamp",
                                 "timestamptz", "date",     "time",
                                 "timetz",      "interval", "json",
                                 "jsonb",       "uuid",     "inet",
                                 "cidr",        "xml",      "tsvector"};
  for (const auto& [name, type] : catalog.types) names.push_back(name.name);
  return names;
}

}  // namespace

void request_type(catalog::CatalogRequest& request, const sql::TypeName& type) {
  request.types.insert(type.name);
  const bool builtin = may_be_builtin(type.name) && catalog::is_builtin_type(type.name.name);
  if (!builtin && !type.is_serial()) request.names.insert(type.name);
}

void judge_type(Judge& judge, const Catalog& catalog, const sql::TypeName& type) {
  if (catalog.partial || type.is_serial() || exists(type.name, catalog)) return;
  const std::optional<std::string> meant = text::nearest(type.name.name, known_types(catalog));
  if (catalog.after_opaque_code) {
    judge.report(
        {.id = "type-of-unknown-origin",
         .effect = fmt::format("There is no type {}, unless code before this statement creates it; "
                               "if it does not by then, this fails and leaves nothing behind.",
                               shown(type.name)),
         .remedy = meant ? fmt::format("If {} is meant, write that.", *meant)
                         : "Nothing, if the code creates it; code runs in contract unless its "
                           "phase is written."});
    return;
  }
  judge.problem(fmt::format("there is no type {}", shown(type.name)),
                meant ? fmt::format("Did you mean {}?", *meant)
                      : "Check the name, and that an earlier migration creates it.");
}

std::string format_type(const sql::TypeName& type, const Catalog& catalog) {
  const std::string array = type.array_dimensions > 0 ? "[]" : "";
  if (own_type(type, catalog)) return sql::quote_identifier(type.name.name) + array;
  const std::string modifier =
      type.modifiers.empty() ? "" : fmt::format("({})", fmt::join(type.modifiers, ","));
  if (type.name.name == "numeric" && type.modifiers.size() == 1) {
    return fmt::format("numeric({},0){}", type.modifiers.front(), array);
  }
  if (type.name.name == "bpchar" && type.modifiers.empty()) return "bpchar" + array;
  if (type.name.name == "interval") return type.text;
  if (const Spelling* words = spelling(type.name.name)) {
    return fmt::format("{}{}{}{}", words->before, modifier, words->after, array);
  }
  return sql::quote_identifier(type.name.name) + modifier + array;
}

QualifiedName resolve_type(const sql::TypeName& type, const Catalog& catalog) {
  if (type.is_serial()) return {"pg_catalog", std::string(serial_base(type.name.name))};
  if (const catalog::Type* own = own_type(type, catalog)) return own->name;
  return {type.name.schema.empty() ? "pg_catalog" : type.name.schema, type.name.name};
}

bool constrained_domain(const sql::TypeName& type, const Catalog& catalog) {
  const catalog::Type* own = own_type(type, catalog);
  return own && own->kind == catalog::Type::Kind::kDomain && own->domain_constrained;
}

std::vector<std::string> columns_of_type(const catalog::Catalog& catalog,
                                         const catalog::QualifiedName& type) {
  std::vector<std::string> names;
  for (const auto& [key, relation] : catalog.relations) {
    for (const catalog::Column& column : relation.columns) {
      if (column.type_name == type) names.push_back(fmt::format("{}.{}", shown(key), column.name));
    }
  }
  return names;
}

}  // namespace lockstep::operations
