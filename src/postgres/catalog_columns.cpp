#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"

// Columns in their order: their position is a rank, as numbers keep the gaps of dropped columns.

namespace lockstep::postgres {

using catalog::Column;
using catalog::Generated;
using catalog::Identity;

namespace {

/// Where `oid` is a type's or collation's number: a value of its row x, with its namespace n.
std::string looked_up(std::string_view value, std::string_view catalog, std::string_view nsp,
                      std::string_view oid) {
  return fmt::format("(SELECT {} FROM {} x JOIN pg_namespace n ON n.oid = x.{} WHERE x.oid = {})",
                     value, catalog, nsp, oid);
}

std::string column_rows(const CatalogQuery& query) {
  // An array goes by the type of its elements.
  constexpr std::string_view kType =
      "CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END";
  // Of a column's options only those that PostgreSQL documents: there are builds of 15 that keep a
  // version of their own there (pg_attver), another for each table.
  // A default has no columns in it, so it can be printed without its table, and without waiting
  // for whoever changes that.
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation,
       row_number() OVER (PARTITION BY r.scope, r.oid ORDER BY a.attnum) AS rank,
       a.attname::text AS name,
       CASE WHEN t.oid < 16384 THEN format_type(t.oid, a.atttypmod) ELSE {type} END AS type,
       CASE WHEN {named} THEN {type_schema} END AS type_schema,
       CASE WHEN {named} THEN {type_name} END AS type_name,
       a.attnotnull AS not_null, a.attidentity::text AS identity, a.attgenerated::text AS generated,
       CASE WHEN a.atthasdef THEN (
         SELECT CASE WHEN a.attgenerated = '' THEN {value} ELSE {generation} END
           FROM pg_attrdef d WHERE d.adrelid = r.oid AND d.adnum = a.attnum) END AS value,
       CASE WHEN a.attcollation <> t.typcollation THEN {collation_schema} END AS collation_schema,
       CASE WHEN a.attcollation <> t.typcollation THEN {collation_name} END AS collation_name,
       a.attstorage::text AS storage, a.attcompression::text AS compression,
       {statistics} AS statistics,
       a.attislocal AS local, a.attinhcount AS inherited, {acl} AS acl,
       CASE WHEN a.attoptions IS NOT NULL THEN
         ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o LIKE 'n\_distinct%' ORDER BY o) END
         AS options{more}
  FROM rel r
  {columns}
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE r.kind <> 'S')",
      fmt::arg("columns", each("pg_attribute", "a",
                               "a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped")),
      fmt::arg("type", in_path("format_type(t.oid, a.atttypmod)")),
      // How finely a column is looked at is nothing that tenants are compared by.
      fmt::arg("statistics", query.definitions() ? "coalesce(a.attstattarget, -1)::text" : "NULL"),
      fmt::arg("named", query.definitions() ? "true" : "t.oid >= 16384"),
      fmt::arg("type_schema", looked_up(schema_of("n"), "pg_type", "typnamespace", kType)),
      fmt::arg("type_name", looked_up("x.typname::text", "pg_type", "typnamespace", kType)),
      fmt::arg("value", in_path("pg_get_expr(d.adbin, 0)")),
      fmt::arg("generation", in_path("pg_get_expr(d.adbin, r.oid)")),
      fmt::arg("collation_schema",
               looked_up(schema_of("n"), "pg_collation", "collnamespace", "a.attcollation")),
      fmt::arg("collation_name",
               looked_up("x.collname::text", "pg_collation", "collnamespace", "a.attcollation")),
      fmt::arg("acl", privileges("a.attacl")),
      fmt::arg("more", query.definitions() ? ", col_description(r.oid, a.attnum) AS comment" : ""));
}

void add_column(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  Column column;
  column.name = text(row, "name");
  column.type = text(row, "type");
  column.type_name = qualified(row, "type_schema", "type_name");
  column.not_null = flag(row, "not_null");
  const auto identity = text(row, "identity");
  if (identity == "a") column.identity = Identity::kAlways;
  if (identity == "d") column.identity = Identity::kByDefault;
  const auto generated = text(row, "generated");
  if (generated == "s") column.generated = Generated::kStored;
  if (generated == "v") column.generated = Generated::kVirtual;
  if (!row.at("value").is_null()) column.default_value = sql::server_expression(text(row, "value"));
  if (!row.at("collation_name").is_null()) {
    auto collation = qualified(row, "collation_schema", "collation_name");
    if (collation.schema == "pg_catalog") collation.schema.clear();
    column.collation = sql::quote(collation);
  }
  if (!row.at("comment").is_null()) column.comment = text(row, "comment");
  const auto storage = text(row, "storage");
  const auto compression = text(row, "compression");
  const auto statistics = text(row, "statistics");
  if (!storage.empty()) column.storage = storage.front();
  if (!compression.empty()) column.compression = compression.front();
  if (!statistics.empty()) column.statistics = std::stoi(statistics);
  column.options = texts(row, "options");
  for (const auto& privilege : texts(row, "acl")) {
    relation->privileges.push_back(column.name + ":" + privilege);
  }
  const auto rank = row.at("rank").get<std::size_t>();
  if (relation->columns.size() < rank) relation->columns.resize(rank);
  relation->columns[rank - 1] = std::move(column);
}

}  // namespace

const Noun kColumnNoun{"column", column_rows, add_column};

}  // namespace lockstep::postgres
