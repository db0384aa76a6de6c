#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"
#include "lockstep/sql/quote.h"

// What would not survive, or not follow, a change of a relation's columns.

namespace lockstep::postgres {

namespace {

constexpr int kPostgres15 = 150000;

/// Columns of r that an object uses: `object` is "classid = ... AND objid = ..." about row d of
/// pg_depend. Fingerprints know them from the object's own text.
std::string used_columns(const CatalogQuery& query, std::string_view object,
                         std::string_view more = "") {
  if (!query.definitions()) return "NULL";
  return fmt::format(
      "ARRAY(SELECT DISTINCT a.attname::text COLLATE \"C\" FROM pg_depend d"
      " JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid"
      " WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid > 0"
      " AND {} {} ORDER BY 1)",
      object, more);
}

void add_dependant(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  const auto columns = texts(row, "columns");
  relation->dependants.push_back({text(row, "kind"),
                                  qualified(row, "dependant_schema", "dependant_name"),
                                  {columns.begin(), columns.end()}});
}

std::string view_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT h.scope, r.schema, r.name AS relation,
       CASE c.relkind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view'
         ELSE 'rule of another table' END AS kind,
       {schema} AS dependant_schema, c.relname::text AS dependant_name, {columns} AS columns,
       CASE WHEN c.relkind IN ('v', 'm') THEN {view} END AS definition,
       c.reloptions AS options, pg_get_userbyid(c.relowner)::text AS owner,
       {acl} AS acl
  FROM rel r
  CROSS JOIN LATERAL (
    SELECT DISTINCT w.ev_class FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
       AND d.classid = 'pg_rewrite'::regclass AND w.ev_class <> r.oid) v
  JOIN pg_class c ON c.oid = v.ev_class
  JOIN pg_namespace n ON n.oid = c.relnamespace
  {holder})",
      fmt::arg("schema", schema_of("n", "h")),
      fmt::arg("columns", used_columns(query, "d.classid = 'pg_rewrite'::regclass",
                                       "AND d.objid IN (SELECT w.oid FROM pg_rewrite w"
                                       " WHERE w.ev_class = c.oid)")),
      fmt::arg("acl", privileges("c.relacl")),
      fmt::arg("view", in_path("pg_get_viewdef(c.oid)", "h")), fmt::arg("holder", query.holder()));
}

std::string rule_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, 'rule' AS kind, r.schema AS dependant_schema,
       w.rulename::text AS dependant_name, {columns} AS columns, w.ev_enabled::text AS enabled,
       {definition} AS definition
  FROM rel r
  {rules})",
      fmt::arg("columns",
               used_columns(query, "d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid")),
      fmt::arg("rules", each("pg_rewrite", "w", "w.ev_class = r.oid AND w.rulename <> '_RETURN'")),
      fmt::arg("definition", in_path("pg_get_ruledef(w.oid, true)")));
}

std::string policy_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, 'policy' AS kind, r.schema AS dependant_schema,
       p.polname::text AS dependant_name, {columns} AS columns, p.polcmd::text AS command,
       p.polpermissive AS permissive,
       ARRAY(SELECT CASE x WHEN 0 THEN 'public' ELSE pg_get_userbyid(x)::text END
               FROM unnest(p.polroles) x ORDER BY 1) AS roles,
       {condition} AS condition, {check} AS check_condition
  FROM rel r
  {policies})",
      fmt::arg("columns",
               used_columns(query, "d.classid = 'pg_policy'::regclass AND d.objid = p.oid")),
      fmt::arg("policies", each("pg_policy", "p", "p.polrelid = r.oid")),
      fmt::arg("condition", in_path("pg_get_expr(p.polqual, r.oid)")),
      fmt::arg("check", in_path("pg_get_expr(p.polwithcheck, r.oid)")));
}

/// Policies of other tables that ask this one.
std::string asking_policy_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT h.scope, r.schema, r.name AS relation, 'policy of another table' AS kind,
       {schema} AS dependant_schema, c.relname || '.' || p.polname AS dependant_name,
       {columns} AS columns
  FROM rel r
  CROSS JOIN LATERAL (
    SELECT DISTINCT d.objid FROM pg_depend d
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
       AND d.classid = 'pg_policy'::regclass) d
  JOIN pg_policy p ON p.oid = d.objid AND p.polrelid <> r.oid
  JOIN pg_class c ON c.oid = p.polrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  {holder})",
      fmt::arg("schema", schema_of("n", "h")),
      fmt::arg("columns",
               used_columns(query, "d.classid = 'pg_policy'::regclass AND d.objid = p.oid")),
      fmt::arg("holder", query.holder()));
}

std::string generated_column_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, 'generated column' AS kind,
       r.schema AS dependant_schema, g.attname::text AS dependant_name, {columns} AS columns
  FROM rel r
  {generated}
  JOIN pg_attrdef e ON e.adrelid = r.oid AND e.adnum = g.attnum)",
      fmt::arg("generated",
               each("pg_attribute", "g",
                    "g.attrelid = r.oid AND g.attgenerated <> '' AND NOT g.attisdropped")),
      fmt::arg("columns",
               used_columns(query, "d.refobjsubid <> g.attnum",
                            "AND ((d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid)"
                            " OR (d.classid = 'pg_class'::regclass AND d.objid = r.oid"
                            " AND d.objsubid = g.attnum))")));
}

std::string statistics_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, 'statistics' AS kind,
       {schema} AS dependant_schema, s.stxname::text AS dependant_name, {columns} AS columns,
       s.stxkind::text AS kinds, {definition} AS definition
  FROM rel r
  {statistics}
  JOIN pg_namespace n ON n.oid = s.stxnamespace)",
      fmt::arg("schema", schema_of("n")),
      fmt::arg("columns",
               used_columns(query, "d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid")),
      fmt::arg("statistics", each("pg_statistic_ext", "s", "s.stxrelid = r.oid")),
      fmt::arg("definition", in_path("pg_get_statisticsobjdef_columns(s.oid)")));
}

/// Functions whose body PostgreSQL has parsed (BEGIN ATOMIC), or that take or give rows of the
/// table.
std::string routine_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT h.scope, r.schema, r.name AS relation, 'function' AS kind,
       {schema} AS dependant_schema, p.proname::text AS dependant_name, {columns} AS columns,
       {arguments} AS arguments
  FROM rel r
  CROSS JOIN LATERAL (
    SELECT d.objid FROM pg_depend d
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
       AND d.classid = 'pg_proc'::regclass
    UNION
    SELECT d.objid
      FROM pg_type t
      JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
                      AND d.classid = 'pg_proc'::regclass
     WHERE t.oid = r.reltype) f
  JOIN pg_proc p ON p.oid = f.objid
  JOIN pg_namespace n ON n.oid = p.pronamespace
  {holder})",
      fmt::arg("schema", schema_of("n", "h")),
      fmt::arg("columns",
               used_columns(query, "d.classid = 'pg_proc'::regclass AND d.objid = p.oid")),
      fmt::arg("arguments", in_path("pg_get_function_identity_arguments(p.oid)", "h")),
      fmt::arg("holder", query.holder()));
}

/// Columns of other relations whose type is a row of the table.
std::string row_type_column_rows(const CatalogQuery& query) {
  return fmt::format(
      R"(SELECT h.scope, r.schema, r.name AS relation, 'column' AS kind,
       {schema} AS dependant_schema, c.relname || '.' || a.attname AS dependant_name,
       '{{}}'::text[] AS columns
  FROM rel r
  CROSS JOIN LATERAL (
    SELECT DISTINCT d.objid, d.objsubid
      FROM pg_type t
      JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
                      AND d.classid = 'pg_class'::regclass AND d.objsubid > 0
     WHERE t.oid = r.reltype) d
  JOIN pg_class c ON c.oid = d.objid
  JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  {holder})",
      fmt::arg("schema", schema_of("n", "h")), fmt::arg("holder", query.holder()));
}

std::string publication_rows(const CatalogQuery& query) {
  const bool has_lists = query.server_version() >= kPostgres15;
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, 'publication' AS kind, '' AS dependant_schema,
       p.pubname::text AS dependant_name, {columns} AS columns, {condition} AS condition,
       p.pubinsert AS inserts, p.pubupdate AS updates, p.pubdelete AS deletes,
       p.pubtruncate AS truncates, p.pubviaroot AS via_root, {uses} AS uses,
       x.oid IS NOT NULL AS listed
  FROM rel r
  CROSS JOIN pg_publication p
  LEFT JOIN pg_publication_rel x ON x.prpubid = p.oid AND x.prrelid = r.oid
 WHERE r.kind IN ('r', 'p') AND (p.puballtables OR x.oid IS NOT NULL {schema}))",
      fmt::arg("columns", has_lists ? "CASE WHEN x.prattrs IS NOT NULL THEN " +
                                          names_of("x.prattrs::int2[]") + " END"
                                    : "'{}'::text[]"),
      fmt::arg("condition", has_lists ? in_path("pg_get_expr(x.prqual, r.oid)") : "NULL"),
      fmt::arg(
          "uses",
          used_columns(query, "d.classid = 'pg_publication_rel'::regclass AND d.objid = x.oid")),
      fmt::arg("schema", has_lists ? "OR EXISTS (SELECT FROM pg_publication_namespace y"
                                     " WHERE y.pnpubid = p.oid AND y.pnnspid = r.relnamespace)"
                                   : ""));
}

/// PostgreSQL's own function names the schema, which is the tenant's.
std::string create_statistics(const Json& row) {
  std::vector<std::string> kinds;
  const std::string letters = text(row, "kinds");
  if (letters.find('d') != std::string::npos) kinds.emplace_back("ndistinct");
  if (letters.find('f') != std::string::npos) kinds.emplace_back("dependencies");
  if (letters.find('m') != std::string::npos) kinds.emplace_back("mcv");
  return fmt::format("CREATE STATISTICS {}{} ON {} FROM {}",
                     sql::quote(qualified(row, "dependant_schema", "dependant_name")),
                     kinds.empty() ? "" : fmt::format(" ({})", fmt::join(kinds, ", ")),
                     text(row, "definition"), sql::quote(qualified(row, "schema", "relation")));
}

void add_statistics(const Json& row, catalog::Catalog& catalog) {
  add_dependant(row, catalog);
  if (auto* relation = relation_of(row, catalog)) {
    relation->dependants.back().definition = create_statistics(row);
  }
}

std::string_view policy_command(const std::string& polcmd) {
  switch (polcmd.empty() ? '*' : polcmd.front()) {
    case 'r':
      return "SELECT";
    case 'a':
      return "INSERT";
    case 'w':
      return "UPDATE";
    case 'd':
      return "DELETE";
    default:
      return "ALL";
  }
}

/// PostgreSQL has no function that prints it.
std::string create_policy(const Json& row) {
  std::vector<std::string> roles;
  for (const std::string& role : texts(row, "roles")) {
    roles.push_back(role == "public" ? "PUBLIC" : sql::quote_identifier(role));
  }
  const auto part = [&](std::string_view words, std::string_view key) {
    return row.at(key).is_null() ? std::string() : fmt::format(" {} ({})", words, text(row, key));
  };
  return fmt::format("CREATE POLICY {} ON {}{} FOR {} TO {}{}{}",
                     sql::quote_identifier(text(row, "dependant_name")),
                     sql::quote(qualified(row, "schema", "relation")),
                     flag(row, "permissive") ? "" : " AS RESTRICTIVE",
                     policy_command(text(row, "command")), fmt::join(roles, ", "),
                     part("USING", "condition"), part("WITH CHECK", "check_condition"));
}

void add_policy(const Json& row, catalog::Catalog& catalog) {
  add_dependant(row, catalog);
  if (auto* relation = relation_of(row, catalog)) {
    relation->dependants.back().definition = create_policy(row);
  }
}

void add_publication(const Json& row, catalog::Catalog& catalog) {
  auto* relation = relation_of(row, catalog);
  if (relation == nullptr) return;
  relation->publications.push_back(text(row, "dependant_name"));
  if (flag(row, "listed")) relation->listed_in.push_back(text(row, "dependant_name"));
  // With a column list or a condition a publication is in the way of those columns.
  const auto uses = texts(row, "uses");
  if (uses.empty()) return;
  relation->dependants.push_back({text(row, "kind"),
                                  qualified(row, "dependant_schema", "dependant_name"),
                                  {uses.begin(), uses.end()}});
}

}  // namespace

const Noun kViewDependantNoun{"view", view_rows, add_dependant};
const Noun kRuleNoun{"rule", rule_rows, add_dependant};
const Noun kPolicyNoun{"policy", policy_rows, add_policy};
const Noun kAskingPolicyNoun{"policy of another table", asking_policy_rows, add_dependant};
const Noun kGeneratedColumnNoun{"generated column", generated_column_rows, add_dependant};
const Noun kStatisticsNoun{"statistics", statistics_rows, add_statistics};
const Noun kRoutineDependantNoun{"routine of relation", routine_rows, add_dependant};
const Noun kRowTypeColumnNoun{"column of row type", row_type_column_rows, add_dependant};
const Noun kPublicationNoun{"publication", publication_rows, add_publication};

}  // namespace lockstep::postgres
