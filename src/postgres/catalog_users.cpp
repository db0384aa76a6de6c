#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"

// What is in the way where a function, sequence or type is dropped.

namespace lockstep::postgres {

namespace {

constexpr std::string_view kSignature =
    "(SELECT coalesce(string_agg(format_type(a.type, NULL), ', ' ORDER BY a.place), '')"
    " FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, place))";

/// Rows of functions, types and sequences that somebody asks for.
std::string objects(const CatalogQuery& query) {
  constexpr std::string_view kObject =
      R"(SELECT s.scope, s.own, s.path, '{kind}' AS kind, '{catalog}'::regclass AS classid, o.oid,
         {array} AS array_oid, n.oid AS namespace, {schema} AS schema, o.{name}::text AS name,
         {signature} AS signature
    FROM {wanted}
    JOIN {catalog} o ON o.{name} = w.name {condition}
    JOIN pg_namespace n ON n.oid = o.{namespace}
    {scope})";
  const auto rows = [&](std::string_view kind, std::string_view catalog, std::string_view prefix,
                        std::string_view array, std::string_view condition,
                        const std::string& signature, const std::string& wanted) {
    return fmt::format(fmt::runtime(kObject), fmt::arg("kind", kind), fmt::arg("catalog", catalog),
                       fmt::arg("array", array), fmt::arg("schema", schema_of("n", "s")),
                       fmt::arg("name", fmt::format("{}name", prefix)),
                       fmt::arg("signature", signature), fmt::arg("wanted", wanted),
                       fmt::arg("condition", condition),
                       fmt::arg("namespace", fmt::format("{}namespace", prefix)),
                       fmt::arg("scope", query.scope_of_wanted()));
  };
  const std::string signature = in_path(
      "(SELECT coalesce(string_agg(format_type(a.type, NULL), ', ' ORDER BY a.place), '')"
      " FROM unnest(o.proargtypes::oid[]) WITH ORDINALITY a (type, place))",
      "s");
  return rows("function", "pg_proc", "pro", "0::oid", "", signature,
              query.wanted_used_functions()) +
         " UNION ALL " +
         rows("type", "pg_type", "typ", "o.typarray", "", "''", query.wanted_used_types()) +
         " UNION ALL " +
         rows("sequence", "pg_class", "rel", "0::oid", "AND o.relkind = 'S'", "''",
              query.wanted_used_sequences());
}

/// Of row d of pg_depend the object that depends, each kind with where it is looked for.
std::string users() {
  return fmt::format(
      R"(SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'rule' END
             AS kind, c.relnamespace AS namespace, c.relname::text AS name,
           CASE WHEN w.rulename <> '_RETURN' THEN w.rulename::text ELSE '' END AS part
      FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
     WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    UNION ALL
    SELECT CASE WHEN a.attgenerated <> '' THEN 'generated column' ELSE 'default' END,
           c.relnamespace, c.relname::text, a.attname::text
      FROM pg_attrdef e JOIN pg_class c ON c.oid = e.adrelid
      JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
     WHERE d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
    UNION ALL
    SELECT 'constraint', c.relnamespace, c.relname::text, k.conname::text
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    UNION ALL
    SELECT 'index', c.relnamespace, c.relname::text, x.relname::text
      FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
     WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND i.indexrelid = d.objid
    UNION ALL
    SELECT 'column', c.relnamespace, c.relname::text, a.attname::text
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
     WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0 AND c.oid = d.objid
    UNION ALL
    SELECT 'policy', c.relnamespace, c.relname::text, y.polname::text
      FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
     WHERE d.classid = 'pg_policy'::regclass AND y.oid = d.objid
    UNION ALL
    SELECT 'trigger', c.relnamespace, c.relname::text, t.tgname::text
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
    UNION ALL
    SELECT 'function', p.pronamespace, p.proname::text, {signature}
      FROM pg_proc p
     WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    UNION ALL
    SELECT 'type', t.typnamespace, t.typname::text, ''
      FROM pg_type t
     WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid
    UNION ALL
    SELECT 'other', r.namespace, '', {described}
     WHERE d.classid NOT IN ('pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_class'::regclass,
             'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass,
             'pg_type'::regclass, 'pg_constraint'::regclass)
        OR d.classid = 'pg_constraint'::regclass
           AND EXISTS (SELECT FROM pg_constraint k WHERE k.oid = d.objid AND k.conrelid = 0)
        OR d.classid = 'pg_class'::regclass AND d.objsubid = 0
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = d.objid))",
      fmt::arg("signature", in_path(kSignature)),
      fmt::arg("described", in_path("pg_describe_object(d.classid, d.objid, d.objsubid)")));
}

std::string user_rows(const CatalogQuery& query) {
  if (!query.asks_for_users()) return "SELECT ''::text AS scope WHERE false";
  return fmt::format(
      R"(SELECT DISTINCT h.scope, r.kind AS object_kind, r.schema AS object_schema,
       r.name AS object_name, r.signature, u.kind, {schema} AS user_schema, u.name AS user_name,
       u.part
  FROM ({objects}) r
  CROSS JOIN LATERAL (
    SELECT u.* FROM pg_depend d CROSS JOIN LATERAL ({users}) u
     WHERE d.refclassid = r.classid AND d.refobjid IN (r.oid, r.array_oid) AND d.deptype = 'n'
    UNION ALL
    SELECT 'identity', c.relnamespace, c.relname::text, a.attname::text
      FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = r.classid AND d.objid = r.oid AND r.kind = 'sequence'
       AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i') u
  JOIN pg_namespace n ON n.oid = u.namespace
  {holder})",
      fmt::arg("schema", schema_of("n", "h")), fmt::arg("objects", objects(query)),
      fmt::arg("users", users()), fmt::arg("holder", query.holder()));
}

void add_user(const Json& row, catalog::Catalog& catalog) {
  catalog::ObjectUser user;
  user.object_kind = text(row, "object_kind");
  user.object = qualified(row, "object_schema", "object_name");
  user.signature = text(row, "signature");
  user.kind = text(row, "kind");
  user.user = qualified(row, "user_schema", "user_name");
  user.part = text(row, "part");
  catalog.users.push_back(std::move(user));
}

}  // namespace

const Noun kObjectUserNoun{"user", user_rows, add_user};

}  // namespace lockstep::postgres
