#include "catalog_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lockstep/core/names.h"

namespace lockstep::postgres {

namespace {

/// unnest() of two equally long lists: (schema, name).
std::string wanted(const database::Session& session, const std::set<core::QualifiedName>& names) {
  std::vector<std::string> schemas;
  std::vector<std::string> objects;
  for (const auto& name : names) {
    schemas.push_back(name.schema);
    objects.push_back(name.name);
  }
  return fmt::format("SELECT * FROM unnest({}, {}) AS w (schema, name)",
                     array_literal(session, schemas), array_literal(session, objects));
}

/// Schemas that the request names and nobody listed as shared: read with the shared ones.
std::vector<std::string> named_schemas(const ScopeRequest& request) {
  std::set<std::string> named;
  for (const auto* names :
       {&request.objects.relations, &request.objects.functions, &request.objects.types}) {
    for (const auto& name : *names) {
      if (!name.schema.empty() && !name.in_tenant()) named.insert(name.schema);
    }
  }
  for (const auto& schema : request.shared_schemas) named.erase(schema);
  for (const auto& schema : request.tenants) named.erase(schema);
  return {named.begin(), named.end()};
}

std::string quoted_path(const database::Session& session,
                        const std::vector<std::string>& shared_schemas) {
  std::string path;
  for (const auto& schema : shared_schemas) path += session.quote_identifier(schema) + ", ";
  return path + "pg_temp";
}

// Whether a wanted name means an object in this scope's schema.
constexpr std::string_view kMeansIt =
    "CASE WHEN s.own <> 0 THEN w.schema IN ('', '${schema}') "
    "ELSE w.schema = s.schema OR (w.schema = '' AND s.searched) END";

constexpr std::string_view kRelations = R"(
found AS (
  SELECT s.scope, coalesce(i.indrelid, c.oid) AS oid
    FROM wanted_relation w
    JOIN pg_class c ON c.relname = w.name AND c.relkind IN ('r','p','v','m','S','f','i','I')
    JOIN scope s ON s.nsp = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
   WHERE @means_it@),
family AS (
  SELECT scope, oid FROM found
  UNION
  SELECT f.scope, x.oid
    FROM family f
    CROSS JOIN LATERAL (
      SELECT inhparent AS oid FROM pg_inherits WHERE inhrelid = f.oid
      UNION ALL
      SELECT inhrelid FROM pg_inherits WHERE inhparent = f.oid) x
    JOIN pg_class c ON c.oid = x.oid
    JOIN scope s ON s.scope = f.scope AND s.nsp = c.relnamespace),
rel AS MATERIALIZED (
  SELECT s.scope, s.own, s.path, s.shown AS schema, c.relname AS name, c.oid, c.relkind AS kind,
         c.reltype, c.relnamespace
    FROM family f
    JOIN pg_class c ON c.oid = f.oid
    JOIN scope s ON s.scope = f.scope AND s.nsp = c.relnamespace),
dep AS MATERIALIZED (
  SELECT r.oid, d.classid, d.objid, d.refobjsubid, d.deptype
    FROM rel r
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
   WHERE d.classid IN ('pg_rewrite'::regclass, 'pg_constraint'::regclass, 'pg_proc'::regclass)
      OR (d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.objsubid = 0)))";

constexpr std::string_view kTypes = R"(
typ AS (
  SELECT t.scope, t.own, t.path, t.oid
    FROM (SELECT r.scope, r.own, r.path, a.atttypid AS oid
            FROM rel r
            JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE a.atttypid >= 16384
          UNION
          SELECT s.scope, s.own, s.path, t.oid
            FROM wanted_type w
            JOIN pg_type t ON t.typname = w.name
            JOIN scope s ON s.nsp = t.typnamespace
           WHERE @means_it@) t
  UNION
  SELECT t.scope, t.own, t.path, x.oid
    FROM typ t
    JOIN pg_type p ON p.oid = t.oid
    CROSS JOIN LATERAL (VALUES (p.typelem), (p.typbasetype)) x (oid)
   WHERE x.oid >= 16384))";

// Functions that a relation's parts call. PostgreSQL records no dependency on its own ones.
constexpr std::string_view kFunctions = R"(
part AS (
  SELECT r.scope, r.own, r.path, 'pg_attrdef'::regclass AS classid, d.oid
    FROM rel r JOIN pg_attrdef d ON d.adrelid = r.oid
  UNION ALL
  SELECT r.scope, r.own, r.path, 'pg_constraint'::regclass, k.oid
    FROM rel r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('c', 'x')
  UNION ALL
  SELECT r.scope, r.own, r.path, 'pg_class'::regclass, i.indexrelid
    FROM rel r JOIN pg_index i ON i.indrelid = r.oid
   WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  UNION ALL
  SELECT r.scope, r.own, r.path, 'pg_policy'::regclass, p.oid
    FROM rel r JOIN pg_policy p ON p.polrelid = r.oid
  UNION ALL
  SELECT r.scope, r.own, r.path, 'pg_rewrite'::regclass, w.oid
    FROM rel r JOIN pg_rewrite w ON w.ev_class = r.oid),
fn AS MATERIALIZED (
  SELECT p.scope, p.own, p.path, d.refobjid AS oid
    FROM part p
    JOIN pg_depend d ON d.classid = p.classid AND d.objid = p.oid
   WHERE d.refclassid = 'pg_proc'::regclass
  UNION
  SELECT r.scope, r.own, r.path, t.tgfoid
    FROM rel r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
  UNION
  SELECT s.scope, s.own, s.path, p.oid
    FROM wanted_function w
    JOIN pg_proc p ON p.proname = w.name
    JOIN scope s ON s.nsp = p.pronamespace
   WHERE @means_it@))";

/// The fixed parts name no user's object: this replaces our own marker only.
std::string with_condition(std::string_view text) {
  constexpr std::string_view kMarker = "@means_it@";
  std::string result(text);
  for (auto at = result.find(kMarker); at != std::string::npos; at = result.find(kMarker)) {
    result.replace(at, kMarker.size(), kMeansIt);
  }
  return result;
}

}  // namespace

std::string array_literal(const database::Session& session,
                          const std::vector<std::string>& values) {
  std::string array = "{";
  for (const auto& value : values) {
    array += array.size() > 1 ? ",\"" : "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return session.quote_literal(array + "}") + "::text[]";
}

std::string scope_ctes(const database::Session& session, const ScopeRequest& request) {
  const auto shared_path = session.quote_literal(quoted_path(session, request.shared_schemas));
  std::string text = "WITH RECURSIVE scope AS MATERIALIZED (\n";
  text += fmt::format(
      "  SELECT n.nspname::text AS scope, n.nspname::text AS schema, '${{schema}}' AS shown,\n"
      "         n.oid AS nsp, n.oid AS own, quote_ident(n.nspname) || ', ' || {} AS path,\n"
      "         true AS searched\n"
      "    FROM pg_namespace n WHERE n.nspname = ANY ({})\n",
      shared_path, array_literal(session, request.tenants));
  text += fmt::format(
      "  UNION ALL\n"
      "  SELECT '', n.nspname::text, n.nspname::text, n.oid, 0::oid, {}, n.nspname = ANY ({})\n"
      "    FROM pg_namespace n WHERE n.nspname = ANY ({} || {})),\n",
      shared_path, array_literal(session, request.shared_schemas),
      array_literal(session, request.shared_schemas), array_literal(session, named_schemas(request)));
  text += fmt::format("wanted_relation AS ({}),\n", wanted(session, request.objects.relations));
  text += fmt::format("wanted_type AS ({}),\n", wanted(session, request.objects.types));
  text += fmt::format("wanted_function AS ({}),", wanted(session, request.objects.functions));
  return text + with_condition(kRelations) + "," + with_condition(kTypes) + "," +
         with_condition(kFunctions) + "\n";
}

std::string in_path(std::string_view expression, std::string_view row) {
  return fmt::format(
      "CASE WHEN set_config('search_path', {}.path, true) IS NOT NULL THEN {} END", row,
      expression);
}

std::string schema_of(std::string_view n, std::string_view row) {
  return fmt::format("CASE WHEN {0}.oid = {1}.own THEN '${{schema}}' ELSE {0}.nspname::text END", n,
                     row);
}

std::string names_of(std::string_view key, std::string_view relation) {
  return fmt::format(
      "ARRAY(SELECT coalesce(ka.attname::text, '') FROM unnest({}) WITH ORDINALITY kn (num, ord)"
      " LEFT JOIN pg_attribute ka ON ka.attrelid = {} AND ka.attnum = kn.num AND kn.num <> 0"
      " ORDER BY kn.ord)",
      key, relation);
}

std::string holder(std::string_view nsp) {
  return fmt::format(
      "JOIN LATERAL (SELECT r.scope, r.own, r.path WHERE r.own <> 0"
      " UNION ALL SELECT o.scope, o.own, o.path FROM scope o WHERE r.own = 0 AND o.nsp = {}) h"
      " ON true",
      nsp);
}

}  // namespace lockstep::postgres
