#include "rights.h"

#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "sql_text.h"

namespace lockstep::postgres {

using database::Lack;
using database::Need;
using database::Needs;
using What = database::Need::What;

namespace {

/// As the server's own privilege functions take them, where they do.
constexpr std::array<std::pair<What, std::string_view>, 11> kWords{
    {{What::kUseSchema, "USAGE"},
     {What::kCreateInSchema, "CREATE"},
     {What::kOwn, "OWN"},
     {What::kSelect, "SELECT"},
     {What::kInsert, "INSERT"},
     {What::kUpdate, "UPDATE"},
     {What::kDelete, "DELETE"},
     {What::kTrigger, "TRIGGER"},
     {What::kReferences, "REFERENCES"},
     {What::kLock, "LOCK"},
     {What::kCreateSchema, "SCHEMA"}}};

std::string_view word(What what) {
  for (const auto& entry : kWords) {
    if (entry.first == what) return entry.second;
  }
  throw std::logic_error("a need without a word");
}

What what_of(std::string_view text) {
  for (const auto& entry : kWords) {
    if (entry.second == text) return entry.first;
  }
  throw std::logic_error("an unknown need: " + std::string(text));
}

// What is not there yet cannot be asked about: steps before will create it, and then own it.
constexpr std::string_view kOfTenants = R"sql(
SELECT t.name AS tenant, n.what, s.nspname::text AS schema, n.name, n.step,
       pg_get_userbyid(coalesce(c.relowner, s.nspowner))::text AS owner
  FROM need n
  JOIN tenant t ON t.cohort = n.cohort
  JOIN pg_namespace s ON s.nspname = coalesce(n.schema, t.name)
  LEFT JOIN pg_class c ON n.name <> '' AND c.relnamespace = s.oid AND c.relname = n.name
 WHERE NOT CASE WHEN n.name = '' THEN has_schema_privilege(s.oid, n.what)
                WHEN c.oid IS NULL THEN true
                WHEN n.what = 'OWN' THEN pg_has_role(c.relowner, 'USAGE')
                WHEN n.what = 'LOCK' THEN has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
                WHEN n.what IN ('DELETE', 'TRIGGER') THEN has_table_privilege(c.oid, n.what)
                ELSE has_any_column_privilege(c.oid, n.what) END
)sql";

// The ledger's schema has to be created, or its tables have, or they have to be written.
constexpr std::string_view kOfLedger = R"sql(
SELECT '', 'SCHEMA', {0}, '', '', NULL
 WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = {0})
   AND NOT has_database_privilege(current_database(), 'CREATE')
UNION ALL
SELECT '', p.what, s.nspname::text, '', '', pg_get_userbyid(s.nspowner)::text
  FROM pg_namespace s CROSS JOIN (VALUES ('USAGE'), ('CREATE')) p (what)
 WHERE s.nspname = {0} AND NOT has_schema_privilege(s.oid, p.what)
   AND (p.what = 'USAGE' OR NOT EXISTS
        (SELECT FROM pg_class c WHERE c.relnamespace = s.oid AND c.relname = 'meta'))
UNION ALL
SELECT '', p.what, s.nspname::text, c.relname::text, '', pg_get_userbyid(c.relowner)::text
  FROM pg_namespace s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p')
 CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) p (what)
 WHERE s.nspname = {0} AND NOT has_table_privilege(c.oid, p.what)
)sql";

}  // namespace

std::string rights_query(const database::Session& session, const std::vector<Needs>& needs,
                         const std::string& ledger_schema) {
  const auto literal = [&](const std::string& text) { return session.quote_literal(text); };
  std::string wanted;
  std::string tenants;
  for (std::size_t cohort = 0; cohort < needs.size(); ++cohort) {
    for (const Need& need : needs[cohort].needs) {
      wanted += fmt::format("{}({}, '{}', {}::text, {}, {})", wanted.empty() ? "" : ", ", cohort,
                            word(need.what),
                            need.object.in_tenant() ? "NULL" : literal(need.object.schema),
                            literal(need.object.name), literal(need.step));
    }
    tenants += fmt::format("{}SELECT {}, unnest({})", tenants.empty() ? "" : " UNION ALL ", cohort,
                           text_array(session, needs[cohort].tenants));
  }
  std::string lacks = fmt::format(kOfLedger, literal(ledger_schema));
  if (!wanted.empty()) {
    lacks = fmt::format(
        "WITH need (cohort, what, schema, name, step) AS (VALUES {}),\n"
        "tenant (cohort, name) AS ({})\n{}UNION ALL {}",
        wanted, tenants, kOfTenants, lacks);
  }
  return fmt::format(
      "SELECT current_user, current_database(), l.* FROM (SELECT) one\n"
      "LEFT JOIN ({}) l (tenant, what, schema, name, step, owner) ON true\n"
      "ORDER BY l.tenant, l.step, l.schema, l.name, l.what",
      lacks);
}

database::Rights rights_from(const database::Result& rows) {
  database::Rights rights;
  rights.role = rows.at(0, 0);
  rights.database = rows.at(0, 1);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    if (!rows.rows[i][2]) continue;
    Lack lack;
    lack.tenant = rows.at(i, 2);
    lack.need.what = what_of(rows.at(i, 3));
    lack.need.object = {rows.at(i, 4), rows.at(i, 5)};
    lack.need.step = rows.at(i, 6);
    lack.owner = rows.rows[i][7].value_or(std::string());
    rights.lacks.push_back(std::move(lack));
  }
  return rights;
}

}  // namespace lockstep::postgres
