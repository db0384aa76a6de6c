#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"

// Types and functions.

namespace lockstep::postgres {

using catalog::Function;
using catalog::Type;
using catalog::Volatility;

namespace {

Type::Kind kind_of(const std::string& typtype) {
  switch (typtype.empty() ? '\0' : typtype.front()) {
    case 'e':
      return Type::Kind::kEnum;
    case 'd':
      return Type::Kind::kDomain;
    case 'c':
      return Type::Kind::kComposite;
    case 'r':
      return Type::Kind::kRange;
    case 'b':
      return Type::Kind::kBase;
    default:
      return Type::Kind::kOther;
  }
}

std::string type_rows(const CatalogQuery&) {
  // Arrays follow their elements, and a table's row type the table.
  return fmt::format(
      R"(SELECT r.scope, {schema} AS schema, t.typname::text AS name, t.typtype::text AS kind,
       pg_get_userbyid(t.typowner)::text AS owner,
       {acl} AS acl,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
              ORDER BY e.enumsortorder) AS labels,
       CASE WHEN t.typtype = 'd' THEN {base} END AS base,
       t.typtype = 'd' AND (
         WITH RECURSIVE below AS (
           SELECT t.oid, t.typbasetype, t.typnotnull
           UNION ALL
           SELECT b.oid, b.typbasetype, b.typnotnull
             FROM below x JOIN pg_type b ON b.oid = x.typbasetype)
         SELECT bool_or(x.typnotnull OR EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = x.oid))
           FROM below x) AS constrained,
       t.typnotnull AS not_null, {default} AS value,
       CASE WHEN t.typtype = 'd' THEN ARRAY(
         SELECT k.conname || ' ' || {constraint} || ' ' || k.convalidated
           FROM pg_constraint k WHERE k.contypid = t.oid ORDER BY k.conname) END AS constraints,
       CASE WHEN t.typtype = 'c' THEN ARRAY(
         SELECT a.attname || ' ' || {attribute}
           FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
          ORDER BY a.attnum) END AS attributes,
       CASE WHEN t.typtype = 'r' THEN (
         SELECT {subtype} FROM pg_range g WHERE g.rngtypid = t.oid) END AS subtype
  FROM typ r
  JOIN pg_type t ON t.oid = r.oid
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid
 WHERE NOT (t.typcategory = 'A' AND t.typelem <> 0) AND coalesce(c.relkind = 'c', true))",
      fmt::arg("schema", schema_of("n")), fmt::arg("acl", privileges("t.typacl")),
      fmt::arg("base", in_path("format_type(t.typbasetype, t.typtypmod)")),
      fmt::arg("constraint", in_path("pg_get_constraintdef(k.oid)")),
      // typdefault is the text as it was typed; other types than domains have only that.
      fmt::arg("default", in_path("coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault)")),
      fmt::arg("attribute", in_path("format_type(a.atttypid, a.atttypmod)")),
      fmt::arg("subtype", in_path("format_type(g.rngsubtype, NULL)")));
}

void add_type(const Json& row, catalog::Catalog& catalog) {
  Type type;
  type.name = qualified(row, "schema", "name");
  type.kind = kind_of(text(row, "kind"));
  type.labels = texts(row, "labels");
  type.domain_constrained = flag(row, "constrained");
  type.base_type = text(row, "base");
  catalog.types.emplace(type.name, std::move(type));
}

std::string function_rows(const CatalogQuery&) {
  // A function's own search_path may name its schema: that is an identifier in a list, and told
  // from others as one.
  return fmt::format(
      R"(SELECT r.scope, {schema} AS schema, p.proname::text AS name, {signature} AS signature,
       {returns} AS returns, l.lanname::text AS language, p.prokind::text AS kind,
       p.provolatile::text AS volatility,
       encode(sha256(convert_to(ROW(p.prosrc, p.probin, p.proisstrict, p.prosecdef,
         p.proleakproof, p.proparallel, p.procost, p.prorows, pg_get_userbyid(p.proowner),
         {arguments}, {body},
         {acl},
         ARRAY(SELECT CASE WHEN g NOT LIKE 'search\_path=%' THEN g
                 ELSE 'search_path=' || array_to_string(ARRAY(
                   SELECT CASE WHEN e = quote_ident(x.nspname) THEN '${{schema}}' ELSE e END
                     FROM unnest(string_to_array(substr(g, 13), ', ')) WITH ORDINALITY o (e, ord)
                    ORDER BY ord), ', ') END
                 FROM unnest(p.proconfig) g))::text, 'UTF8')), 'hex') AS definition_hash
  FROM fn r
  JOIN pg_proc p ON p.oid = r.oid
  JOIN pg_language l ON l.oid = p.prolang
  JOIN pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_namespace x ON x.oid = r.own)",
      fmt::arg("schema", schema_of("n")),
      fmt::arg(
          "signature",
          in_path(
              "(SELECT coalesce(string_agg(format_type(a.type, NULL), ', ' ORDER BY a.place), '')"
              " FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, place))")),
      fmt::arg("returns", in_path("format_type(p.prorettype, NULL)")),
      fmt::arg("arguments", in_path("pg_get_function_arguments(p.oid)")),
      fmt::arg("acl", privileges("p.proacl")),
      fmt::arg("body", in_path("pg_get_function_sqlbody(p.oid)")));
}

void add_function(const Json& row, catalog::Catalog& catalog) {
  Function function;
  function.name = qualified(row, "schema", "name");
  function.signature = text(row, "signature");
  function.language = text(row, "language");
  const auto kind = text(row, "kind");
  function.kind = kind == "p"   ? "procedure"
                  : kind == "a" ? "aggregate"
                  : kind == "w" ? "window"
                                : "function";
  function.returns = text(row, "returns");
  const auto volatility = text(row, "volatility");
  function.volatility = volatility == "i"   ? Volatility::kImmutable
                        : volatility == "s" ? Volatility::kStable
                                            : Volatility::kVolatile;
  function.definition_hash = text(row, "definition_hash");
  catalog.functions.push_back(std::move(function));
}

}  // namespace

const Noun kTypeNoun{"type", type_rows, add_type};
const Noun kFunctionNoun{"function", function_rows, add_function};

}  // namespace lockstep::postgres
