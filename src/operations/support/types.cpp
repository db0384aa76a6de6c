#include "support/types.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"

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

}  // namespace

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

}  // namespace lockstep::operations
