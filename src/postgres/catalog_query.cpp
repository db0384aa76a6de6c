#include "catalog_query.h"

#include <fmt/format.h>

#include <set>

#include "lockstep/core/names.h"
#include "sql_text.h"

namespace lockstep::postgres {

namespace {

/// Rows w (schema, name).
std::string wanted(const database::Session& session, const std::set<core::QualifiedName>& names) {
  std::vector<std::string> schemas;
  std::vector<std::string> objects;
  for (const auto& name : names) {
    schemas.push_back(name.schema);
    objects.push_back(name.name);
  }
  return fmt::format("unnest({}, {}) AS w (schema, name)", text_array(session, schemas),
                     text_array(session, objects));
}

/// The shared schemas, and those that the request names and nobody listed.
std::vector<std::string> shared_and_named(const ScopeRequest& request) {
  std::set<std::string> schemas(request.shared_schemas.begin(), request.shared_schemas.end());
  for (const auto* names : {&request.objects.relations, &request.objects.functions,
                            &request.objects.types, &request.objects.used_types,
                            &request.objects.used_functions, &request.objects.used_sequences}) {
    for (const auto& name : *names) {
      if (!name.schema.empty() && !name.in_tenant()) schemas.insert(name.schema);
    }
  }
  for (const auto& schema : request.tenants) schemas.erase(schema);
  return {schemas.begin(), schemas.end()};
}

std::string quoted_path(const database::Session& session,
                        const std::vector<std::string>& shared_schemas) {
  std::string path;
  for (const auto& schema : shared_schemas) path += session.quote_identifier(schema) + ", ";
  return session.quote_literal(path + "pg_temp");
}

}  // namespace

CatalogQuery::CatalogQuery(const database::Session& session, const ScopeRequest& request,
                           int server_version, bool definitions)
    : server_version_(server_version),
      definitions_(definitions),
      tenants_(text_array(session, request.tenants)),
      searched_(text_array(session, request.shared_schemas)),
      shared_(text_array(session, shared_and_named(request))),
      shared_path_(quoted_path(session, request.shared_schemas)),
      wanted_relations_(wanted(session, request.objects.relations)),
      wanted_types_(wanted(session, request.objects.types)),
      wanted_used_types_(wanted(session, request.objects.used_types)),
      wanted_functions_(wanted(session, request.objects.functions)),
      wanted_used_functions_(wanted(session, request.objects.used_functions)),
      wanted_used_sequences_(wanted(session, request.objects.used_sequences)),
      asks_for_users_(!request.objects.used_types.empty() ||
                      !request.objects.used_functions.empty() ||
                      !request.objects.used_sequences.empty()),
      wanted_names_(wanted(session, request.objects.names)) {}

std::string CatalogQuery::tenant_path() const {
  return "quote_ident(n.nspname) || ', ' || " + shared_path_;
}

std::string CatalogQuery::scope_of_wanted() const {
  return fmt::format(
      "CROSS JOIN LATERAL ("
      "SELECT n.nspname::text AS scope, n.oid AS own, {} AS path"
      " WHERE w.schema IN ('', '${{schema}}') AND n.nspname::text = ANY ({})"
      " UNION ALL "
      "SELECT '', 0::oid, {} WHERE n.nspname::text = ANY ({})"
      " AND (w.schema = n.nspname OR (w.schema = '' AND n.nspname::text = ANY ({})))) s",
      tenant_path(), tenants_, shared_path_, shared_, searched_);
}

std::string CatalogQuery::holder() const {
  return fmt::format(
      "JOIN LATERAL ("
      "SELECT r.scope, r.own, r.path WHERE r.own <> 0"
      " UNION ALL "
      "SELECT n.nspname::text, n.oid, {} WHERE r.own = 0 AND n.nspname::text = ANY ({})"
      " UNION ALL "
      "SELECT '', 0::oid, {} WHERE r.own = 0 AND n.nspname::text = ANY ({})) h ON true",
      tenant_path(), tenants_, shared_path_, shared_);
}

std::string CatalogQuery::peers() const {
  // Who plans for a relation must know what its foreign keys lock: the tables at their other ends
  // with what belongs to those, and however far a deletion goes on; and the views that read it,
  // with those that read them. None of these changes a fingerprint.
  if (!definitions_) return {};
  return R"(
      UNION ALL
      SELECT k.confrelid, false FROM pg_constraint k
       WHERE f.near AND k.conrelid = f.oid AND k.contype = 'f'
      UNION ALL
      SELECT k.conrelid, false
        FROM pg_depend d
        JOIN pg_constraint k ON k.oid = d.objid AND k.contype = 'f' AND k.confrelid = f.oid
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = f.oid
         AND d.classid = 'pg_constraint'::regclass AND (f.near OR k.confdeltype IN ('c', 'n', 'd'))
      UNION ALL
      SELECT w.ev_class, false
        FROM pg_depend d
        JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> f.oid
        JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = f.oid
         AND d.classid = 'pg_rewrite'::regclass
         AND (f.near OR EXISTS (SELECT FROM pg_class o WHERE o.oid = f.oid AND o.relkind IN ('v', 'm')))
      UNION ALL
      SELECT d.refobjid, false
        FROM pg_rewrite w
        JOIN pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
       WHERE w.ev_class = f.oid
      UNION ALL
      SELECT d.refobjid, false
        FROM pg_policy p
        JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> p.polrelid
       WHERE f.near AND p.polrelid = f.oid)";
}

std::string CatalogQuery::relations() const {
  return fmt::format(
      R"(family AS (
  SELECT s.scope, s.own, s.path, coalesce(i.indrelid, c.oid) AS oid, true AS near
    FROM {wanted}
    JOIN pg_class c ON c.relname = w.name AND c.relkind IN ('r','p','v','m','S','f','i','I')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    {scope}
  UNION
  SELECT s.scope, s.own, s.path, x.stxrelid, true
    FROM {wanted}
    JOIN pg_statistic_ext x ON x.stxname = w.name
    JOIN pg_namespace n ON n.oid = x.stxnamespace
    {scope}
  UNION
  SELECT s.scope, s.own, s.path, a.attrelid, true
    FROM {used_types}
    JOIN pg_type t ON t.typname = w.name
    JOIN pg_namespace n ON n.oid = t.typnamespace
    {scope}
    JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r','p','v','m','f')
     AND CASE WHEN s.own <> 0 THEN c.relnamespace = s.own ELSE c.relnamespace = n.oid END
  UNION
  SELECT s.scope, s.own, s.path, x.oid, f.near AND x.kin
    FROM family f
    CROSS JOIN LATERAL (
      SELECT inhparent AS oid, true AS kin FROM pg_inherits WHERE inhrelid = f.oid
      UNION ALL
      SELECT inhrelid, true FROM pg_inherits WHERE inhparent = f.oid
      UNION ALL
      SELECT d.refobjid, true
        FROM pg_class v
        JOIN pg_rewrite w ON w.ev_class = v.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
             AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
       WHERE v.oid = f.oid AND v.relkind = 'm'{peers}) x
    JOIN pg_class c ON c.oid = x.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
      SELECT f.scope, f.own, f.path
       WHERE x.kin AND CASE WHEN f.own <> 0 THEN n.oid = f.own ELSE n.nspname::text = ANY ({shared}) END
      UNION ALL
      SELECT n.nspname::text, n.oid, {tenant_path} WHERE NOT x.kin AND n.nspname::text = ANY ({tenants})
      UNION ALL
      SELECT '', 0::oid, {shared_path} WHERE NOT x.kin AND n.nspname::text = ANY ({shared})) s),
rel AS MATERIALIZED (
  SELECT r.scope, r.own, r.path, {schema} AS schema, c.relname AS name, c.oid, c.relkind AS kind,
         c.reltype, c.relnamespace,
         ARRAY(SELECT a.attname::text FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum) AS names
    FROM (SELECT DISTINCT scope, own, path, oid FROM family) r
    JOIN pg_class c ON c.oid = r.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace))",
      fmt::arg("wanted", wanted_relations_), fmt::arg("used_types", wanted_used_types_),
      fmt::arg("scope", scope_of_wanted()), fmt::arg("peers", peers()), fmt::arg("shared", shared_),
      fmt::arg("tenants", tenants_), fmt::arg("tenant_path", tenant_path()),
      fmt::arg("shared_path", shared_path_), fmt::arg("schema", schema_of("n")));
}

std::string CatalogQuery::types() const {
  // Below this number everything is PostgreSQL's own, and the same everywhere.
  return fmt::format(
      R"(typ AS (
  SELECT t.scope, t.own, t.path, t.oid
    FROM (SELECT r.scope, r.own, r.path, a.atttypid AS oid
            FROM rel r
            JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE a.atttypid >= 16384
          UNION
          SELECT s.scope, s.own, s.path, t.oid
            FROM {wanted}
            JOIN pg_type t ON t.typname = w.name
            JOIN pg_namespace n ON n.oid = t.typnamespace
            {scope}) t
  UNION
  SELECT t.scope, t.own, t.path, x.oid
    FROM typ t
    JOIN pg_type p ON p.oid = t.oid
    CROSS JOIN LATERAL (VALUES (p.typelem), (p.typbasetype)) x (oid)
   WHERE x.oid >= 16384))",
      fmt::arg("wanted", wanted_types_), fmt::arg("scope", scope_of_wanted()));
}

std::string CatalogQuery::functions() const {
  // PostgreSQL records no dependency on functions of its own.
  return fmt::format(
      R"(part AS (
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
    CROSS JOIN LATERAL (
      SELECT DISTINCT d.refobjid FROM pg_depend d
       WHERE d.classid = p.classid AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass) d
  UNION
  SELECT r.scope, r.own, r.path, t.tgfoid
    FROM rel r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
  UNION
  SELECT s.scope, s.own, s.path, p.oid
    FROM {wanted}
    JOIN pg_proc p ON p.proname = w.name
    JOIN pg_namespace n ON n.oid = p.pronamespace
    {scope}))",
      fmt::arg("wanted", wanted_functions_), fmt::arg("scope", scope_of_wanted()));
}

std::string CatalogQuery::ctes() const {
  return "WITH RECURSIVE " + relations() + ",\n" + types() + ",\n" + functions() + "\n";
}

std::string in_path(std::string_view expression, std::string_view row) {
  return fmt::format(
      "CASE WHEN current_setting('search_path') = {0}.path"
      " OR set_config('search_path', {0}.path, true) IS NOT NULL THEN {1} END",
      row, expression);
}

std::string schema_of(std::string_view n, std::string_view row) {
  return fmt::format("CASE WHEN {0}.oid = {1}.own THEN '${{schema}}' ELSE {0}.nspname::text END", n,
                     row);
}

std::string names_of(std::string_view key) {
  return fmt::format("ARRAY(SELECT coalesce(r.names[kn], '') FROM unnest({}) kn)", key);
}

std::string privileges(std::string_view acl) {
  return fmt::format(
      "CASE WHEN {0} IS NOT NULL THEN"
      " ARRAY(SELECT x::text FROM unnest({0}) x ORDER BY x::text COLLATE \"C\") END",
      acl);
}

std::string names_of(std::string_view key, std::string_view relation) {
  return fmt::format(
      "ARRAY(SELECT coalesce(ka.attname::text, '') FROM unnest({}) WITH ORDINALITY kn (num, ord)"
      " LEFT JOIN pg_attribute ka ON ka.attrelid = {} AND ka.attnum = kn.num AND kn.num <> 0"
      " ORDER BY kn.ord)",
      key, relation);
}

}  // namespace lockstep::postgres
