#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"
#include "lockstep/sql/quote.h"

namespace lockstep::postgres {

using catalog::Index;

namespace {

constexpr int kPostgres15 = 150000;

/// Columns of keys, expressions, predicate and INCLUDE.
constexpr std::string_view kUses =
    R"(ARRAY(SELECT DISTINCT a.attname::text COLLATE "C"
         FROM pg_attribute a
        WHERE a.attrelid = r.oid AND a.attnum > 0
          AND (a.attnum = ANY (i.indkey::int2[])
               OR a.attnum IN (SELECT u.refobjsubid FROM pg_depend u
                                WHERE u.classid = 'pg_class'::regclass AND u.objid = c.oid
                                  AND u.refclassid = 'pg_class'::regclass AND u.refobjid = r.oid))
        ORDER BY 1))";

/// Numbers of PostgreSQL's own objects are the same everywhere; others go by their names.
std::string by_name(std::string_view numbers, std::string_view catalog, std::string_view name,
                    std::string_view nsp) {
  return fmt::format(
      "CASE WHEN 16384 > ALL ({0}::oid[]) THEN {0}::text ELSE ARRAY(SELECT {1} || '.' || x.{2}"
      " FROM unnest({0}::oid[]) WITH ORDINALITY o (oid, ord) LEFT JOIN {3} x ON x.oid = o.oid"
      " LEFT JOIN pg_namespace n ON n.oid = x.{4} ORDER BY o.ord)::text END",
      numbers, schema_of("n"), name, catalog, nsp);
}

std::string index_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, c.relname::text AS name,
       am.amname::text AS method, {columns} AS columns, i.indnkeyatts AS keys, {uses} AS uses,
       {classes} AS classes, {collations} AS collations,
       i.indoption::text AS orders, i.indisunique AS is_unique, i.indisprimary AS is_primary,
       i.indisexclusion AS is_exclusion, i.indimmediate AS immediate, i.indisvalid AS valid,
       i.indisready AS ready, i.indisreplident AS replica_identity, i.indisclustered AS clustered,
       {nulls} AS nulls_not_distinct, c.reloptions AS options, c.reltablespace::text AS tablespace,
       i.indexprs IS NOT NULL AS has_expressions,
       CASE WHEN i.indexprs IS NOT NULL THEN {expressions} END AS expressions,
       CASE WHEN i.indpred IS NOT NULL THEN {predicate} END AS predicate,
       CASE WHEN i.indisunique OR i.indisexclusion THEN (
         SELECT k.conname::text FROM pg_constraint k
          WHERE k.conrelid = r.oid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
         END AS constraint_name,
       (SELECT p.relname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
         WHERE h.inhrelid = i.indexrelid) AS attached_to, {definition} AS definition{more}
  FROM rel r
  JOIN pg_index i ON i.indrelid = r.oid
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_am am ON am.oid = c.relam)",
      fmt::arg("columns", names_of("i.indkey::int2[]")),
      fmt::arg("uses", query.definitions() ? kUses : "NULL"),
      fmt::arg("classes", by_name("i.indclass", "pg_opclass", "opcname", "opcnamespace")),
      fmt::arg("collations",
               by_name("i.indcollation", "pg_collation", "collname", "collnamespace")),
      fmt::arg("nulls", query.server_version() >= kPostgres15 ? "i.indnullsnotdistinct" : "false"),
      fmt::arg("expressions", in_path("pg_get_expr(i.indexprs, r.oid)")),
      fmt::arg("predicate", in_path("pg_get_expr(i.indpred, r.oid)")),
      fmt::arg("more",
               query.definitions()
                   ? ", obj_description(c.oid, 'pg_class') AS comment,"
                     " (SELECT t.spcname::text FROM pg_tablespace t WHERE t.oid ="
                     " coalesce(nullif(c.reltablespace, 0), (SELECT d.dattablespace FROM"
                     " pg_database d WHERE d.datname = current_database()))) AS tablespace_name"
                   : ""),
      // Only the pretty form leaves out the schema of a table that search_path finds.
      fmt::arg("definition", query.definitions() ? in_path("pg_get_indexdef(c.oid, 0, true)")
                                                 : std::string("NULL")));
}

void add_index(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  Index index;
  index.name = text(row, "name");
  index.definition = text(row, "definition");
  index.method = text(row, "method");
  const auto columns = texts(row, "columns");
  const auto keys = std::min(row.at("keys").get<std::size_t>(), columns.size());
  index.columns.assign(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(keys));
  index.include.assign(columns.begin() + static_cast<std::ptrdiff_t>(keys), columns.end());
  for (auto& column : texts(row, "uses")) index.uses.insert(column);
  index.has_expressions = flag(row, "has_expressions");
  if (!row.at("predicate").is_null()) index.predicate = text(row, "predicate");
  index.unique = flag(row, "is_unique");
  index.primary = flag(row, "is_primary");
  index.valid = flag(row, "valid");
  index.clustered = flag(row, "clustered");
  if (flag(row, "replica_identity")) {
    relation->replica_identity = "USING INDEX " + sql::quote_identifier(index.name);
  }
  index.ready = flag(row, "ready");
  index.exclusion = flag(row, "is_exclusion");
  index.constraint = text(row, "constraint_name");
  index.replica_identity = flag(row, "replica_identity");
  index.clustered = flag(row, "clustered");
  if (!row.at("comment").is_null()) index.comment = text(row, "comment");
  index.tablespace = text(row, "tablespace_name");
  index.attached_to = text(row, "attached_to");
  relation->indexes.push_back(std::move(index));
}

}  // namespace

const Noun kIndexNoun{"index", index_rows, add_index};

}  // namespace lockstep::postgres
