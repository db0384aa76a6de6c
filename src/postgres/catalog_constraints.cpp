#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"
#include "lockstep/sql/parse.h"

// Constraints of a relation, and other tables' foreign keys that reference it.

namespace lockstep::postgres {

using catalog::Constraint;
using catalog::ConstraintKind;

namespace {

constexpr int kPostgres15 = 150000;
constexpr int kPostgres18 = 180000;

ConstraintKind kind_of(const std::string& contype) {
  switch (contype.empty() ? '\0' : contype.front()) {
    case 'c':
      return ConstraintKind::kCheck;
    case 'f':
      return ConstraintKind::kForeignKey;
    case 'u':
      return ConstraintKind::kUnique;
    case 'p':
      return ConstraintKind::kPrimaryKey;
    case 'x':
      return ConstraintKind::kExclusion;
    case 'n':
      return ConstraintKind::kNotNull;
    default:
      return ConstraintKind::kOther;
  }
}

/// Without what a foreign key has for each partition of the table that it references.
std::string constraint_rows(const CatalogQuery& query) {
  const auto definition = in_path("pg_get_constraintdef(k.oid)");
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, k.conname::text AS name,
       k.contype::text AS kind, {columns} AS columns, k.convalidated AS validated,
       k.condeferrable AS deferrable, k.condeferred AS deferred, k.conislocal AS local,
       k.coninhcount AS inherited, k.connoinherit AS no_inherit, k.conparentid <> 0 AS of_parent,
       above.conname::text AS attached_to,
       CASE WHEN k.contype = 'f' THEN {schema} END AS referenced_schema,
       CASE WHEN k.contype = 'f' THEN fc.relname::text END AS referenced_name,
       CASE WHEN k.contype = 'f' THEN {referenced} END AS referenced_columns,
       k.confupdtype::text AS on_update, k.confdeltype::text AS on_delete,
       k.confmatchtype::text AS match, {set_columns} AS set_columns,
       CASE WHEN k.contype IN ('p', 'u', 'x') THEN ic.relname::text END AS index,
       CASE WHEN k.contype = 'c' THEN {check} END AS check_expression, {newer} AS newer,
       CASE WHEN {wanted} THEN {definition} END AS definition{more}
  FROM rel r
  {constraints}
  LEFT JOIN pg_constraint above ON above.oid = k.conparentid
  LEFT JOIN pg_class fc ON fc.oid = k.confrelid
  LEFT JOIN pg_namespace n ON n.oid = fc.relnamespace
  LEFT JOIN pg_class ic ON ic.oid = k.conindid
 WHERE above.oid IS NULL OR above.conrelid <> k.conrelid)",
      fmt::arg("constraints",
               each("pg_constraint", "k", "k.conrelid = r.oid AND k.contype <> 't'")),
      fmt::arg("columns", names_of("k.conkey")), fmt::arg("schema", schema_of("n")),
      fmt::arg("referenced", names_of("k.confkey", "k.confrelid")),
      fmt::arg("set_columns", query.server_version() >= kPostgres15
                                  ? "CASE WHEN k.confdelsetcols IS NOT NULL THEN " +
                                        names_of("k.confdelsetcols") + " END"
                                  : "NULL"),
      fmt::arg("check", in_path("pg_get_expr(k.conbin, k.conrelid)")),
      fmt::arg("newer", query.server_version() >= kPostgres18
                            ? "k.conenforced::text || k.conperiod::text"
                            : "NULL"),
      fmt::arg("more",
               query.definitions() ? ", obj_description(k.oid, 'pg_constraint') AS comment" : ""),
      // Operators of an exclusion are nowhere else.
      fmt::arg("wanted", query.definitions() ? "true" : "k.contype = 'x'"),
      fmt::arg("definition", definition));
}

void add_constraint(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  Constraint constraint;
  constraint.name = text(row, "name");
  constraint.kind = kind_of(text(row, "kind"));
  constraint.columns = texts(row, "columns");
  constraint.definition = text(row, "definition");
  if (!row.at("check_expression").is_null()) {
    constraint.check = sql::server_expression(text(row, "check_expression"));
  }
  constraint.validated = flag(row, "validated");
  constraint.deferrable = flag(row, "deferrable");
  constraint.referenced = qualified(row, "referenced_schema", "referenced_name");
  constraint.referenced_columns = texts(row, "referenced_columns");
  constraint.index = text(row, "index");
  if (!row.at("comment").is_null()) constraint.comment = text(row, "comment");
  constraint.attached_to = text(row, "attached_to");
  relation->constraints.push_back(std::move(constraint));
}

std::string referencing_key_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT h.scope, r.schema, r.name AS relation, {schema} AS table_schema,
       c.relname::text AS table_name, k.conname::text AS name, {columns} AS columns,
       {referenced} AS referenced_columns, k.confupdtype::text AS on_update,
       k.confdeltype::text AS on_delete, k.confmatchtype::text AS match,
       k.convalidated AS validated, k.condeferrable AS deferrable, k.condeferred AS deferred
  FROM rel r
  CROSS JOIN LATERAL (
    SELECT DISTINCT ON (k.oid) k.*
      FROM pg_depend d
      JOIN pg_constraint k ON k.oid = d.objid AND k.contype = 'f' AND k.confrelid = r.oid
                          AND k.conparentid = 0
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
       AND d.classid = 'pg_constraint'::regclass) k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  {holder})",
      fmt::arg("schema", schema_of("n", "h")),
      fmt::arg("columns", names_of("k.conkey", "k.conrelid")),
      fmt::arg("referenced", names_of("k.confkey")), fmt::arg("holder", query.holder()));
}

void add_referencing_key(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  relation->referenced_by.push_back(
      {qualified(row, "table_schema", "table_name"), text(row, "name"), texts(row, "columns"),
       texts(row, "referenced_columns"), text(row, "on_delete").front()});
}

}  // namespace

const Noun kConstraintNoun{"constraint", constraint_rows, add_constraint};
const Noun kReferencingKeyNoun{"referencing key", referencing_key_rows, add_referencing_key};

}  // namespace lockstep::postgres
