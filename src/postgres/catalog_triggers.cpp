#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"

namespace lockstep::postgres {

using catalog::Trigger;

namespace {

// Bits of pg_trigger.tgtype (PostgreSQL's catalog/pg_trigger.h).
constexpr int kRow = 1 << 0;
constexpr int kBefore = 1 << 1;
constexpr int kInsert = 1 << 2;
constexpr int kDelete = 1 << 3;
constexpr int kUpdate = 1 << 4;

/// Columns of UPDATE OF and WHEN.
constexpr const char* kUses =
    R"(, ARRAY(SELECT DISTINCT a.attname::text COLLATE "C"
         FROM pg_depend d
         JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
          AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid > 0
        ORDER BY 1) AS uses)";

std::string trigger_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, t.tgname::text AS name,
       {schema} AS function_schema, p.proname::text AS function_name, t.tgtype::int AS type,
       t.tgenabled::text AS enabled, encode(t.tgargs, 'hex') AS arguments,
       {columns} AS columns, t.tgdeferrable AS deferrable, t.tginitdeferred AS deferred,
       t.tgconstraint <> 0 AS is_constraint, t.tgparentid <> 0 AS of_parent,
       t.tgoldtable::text AS old_table, t.tgnewtable::text AS new_table,
       CASE WHEN {wanted} THEN {definition} END AS definition{more}
  FROM rel r
  {triggers}
  JOIN pg_proc p ON p.oid = t.tgfoid
  JOIN pg_namespace n ON n.oid = p.pronamespace)",
      fmt::arg("triggers", each("pg_trigger", "t", "t.tgrelid = r.oid AND NOT t.tgisinternal")),
      fmt::arg("more", query.definitions() ? kUses : ""), fmt::arg("schema", schema_of("n")),
      fmt::arg("columns", names_of("t.tgattr::int2[]")),
      // The condition is nowhere else.
      fmt::arg("wanted", query.definitions() ? "true" : "t.tgqual IS NOT NULL"),
      fmt::arg("definition", in_path("pg_get_triggerdef(t.oid, true)")));
}

void add_trigger(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  const int type = row.at("type").get<int>();
  Trigger trigger;
  trigger.name = text(row, "name");
  trigger.definition = text(row, "definition");
  trigger.function = qualified(row, "function_schema", "function_name");
  trigger.before = (type & kBefore) != 0;
  trigger.row_level = (type & kRow) != 0;
  trigger.on_insert = (type & kInsert) != 0;
  trigger.on_update = (type & kUpdate) != 0;
  trigger.on_delete = (type & kDelete) != 0;
  trigger.enabled = text(row, "enabled").front();
  for (auto& column : texts(row, "uses")) trigger.uses.insert(std::move(column));
  for (auto& column : texts(row, "columns")) trigger.update_of.insert(std::move(column));
  relation->triggers.push_back(std::move(trigger));
}

}  // namespace

const Noun kTriggerNoun{"trigger", trigger_rows, add_trigger};

}  // namespace lockstep::postgres
