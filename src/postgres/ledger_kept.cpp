#include <fmt/format.h>

#include "ledger.h"
#include "ledger_states.h"
#include "lockstep/core/sqlstate.h"
#include "sql_text.h"

namespace lockstep::postgres {

using database::DatabaseError;
using database::KeptObject;
using database::Result;
using database::RunId;
using database::Session;
using database::TenantId;

void PgLedger::prepare_grace(Session& session) {
  const std::string schema = grace_schema();
  const std::string there = fmt::format(
      "select exists (select from pg_namespace where nspname = {})", session.quote_literal(schema));
  if (session.execute(there).as_bool()) {
    return;
  }
  try {
    session.execute("create schema if not exists " + session.quote_identifier(schema));
  } catch (const DatabaseError& error) {
    // Two runners at once: the other one has made it meanwhile.
    if (error.kind() == DatabaseError::Kind::kServer && session.execute(there).as_bool()) {
      return;
    }
    if (error.is(core::sqlstate::kInsufficientPrivilege)) {
      throw not_granted(session, Wanted::kGrace, error);
    }
    throw;
  }
}

std::vector<KeptObject> PgLedger::kept(Session& session, std::optional<TenantId> tenant) {
  const std::string grace = session.quote_literal(grace_schema());
  // A kept column is found by its name, which nobody else uses, wherever its table is by now: under
  // another name, or kept itself.
  const std::string query = fmt::format(
      "select k.tenant, coalesce(n.nspname, t.name), coalesce(t.schema_oid, 0),"
      " t.name = '' or n.oid is not null, k.step, k.migration, k.in_schema, k.relation,"
      " coalesce(k.column_name, ''), k.kept_name, k.restored, {}, {},"
      " k.until <= clock_timestamp(), place.schema, place.relation"
      " from @ledger@.kept k join @ledger@.tenant t on t.id = k.tenant"
      " left join {} here on here.id = t.id left join pg_namespace n on n.oid = here.schema_oid"
      " left join lateral (select s.nspname as schema, c.relname as relation"
      " from pg_class c join pg_namespace s on s.oid = c.relnamespace"
      " where c.relkind in ('r', 'p') and case when k.column_name is null then s.nspname = {}"
      " and c.relname = k.kept_name else"
      " (s.nspname = case when k.in_schema = {} then n.nspname else k.in_schema end"
      " or s.nspname = {} and starts_with(c.relname, 't' || k.tenant || '_'))"
      " and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = k.kept_name"
      " and a.attnum > 0 and not a.attisdropped) end"
      " order by s.nspname = {}, c.relname <> k.relation, c.relname limit 1) place on true"
      " where {} order by t.name collate \"C\", k.tenant, k.since desc, k.step collate \"C\" desc",
      iso("k.since"), iso("k.until"), tenants_here(), grace,
      session.quote_literal(core::kTenantSchema), grace, grace,
      tenant ? fmt::format("k.tenant = {}", *tenant) : "true");
  Result rows;
  try {
    rows = session.execute(sql(session, query));
  } catch (const DatabaseError& error) {
    if (error.is(core::sqlstate::kUndefinedTable)) {
      return {};  // the ledger of an earlier version, which a run will upgrade
    }
    throw;
  }
  std::vector<KeptObject> all;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    KeptObject kept;
    kept.tenant = {std::stoi(rows.at(i, 0)), rows.at(i, 1), std::stoll(rows.at(i, 2))};
    kept.tenant_exists = rows.at(i, 3) == "t";
    kept.step = rows.at(i, 4);
    kept.migration = rows.at(i, 5);
    kept.table = {rows.at(i, 6), rows.at(i, 7)};
    kept.column = rows.at(i, 8);
    const bool is_table = kept.column.empty();
    kept.column_as = is_table ? std::string() : rows.at(i, 9);
    kept.restored = std::stoi(rows.at(i, 10));
    kept.since = rows.at(i, 11);
    kept.until = rows.at(i, 12);
    kept.over = rows.at(i, 13) == "t";
    kept.found = rows.rows[i].at(14).has_value();
    if (kept.found) {
      kept.kept_as = {rows.at(i, 14), rows.at(i, 15)};
    } else {
      kept.kept_as = {is_table ? grace_schema() : kept.tenant.name,
                      is_table ? rows.at(i, 9) : kept.table.name};
    }
    all.push_back(std::move(kept));
  }
  return all;
}

std::string PgLedger::keep_sql(const Session& session, TenantId tenant, RunId run,
                               const database::StepWrite& step, const plan::Keep& keep) const {
  const auto q = [&](std::string_view text) { return session.quote_literal(text); };
  return sql(session, fmt::format("select @ledger@.keep({}, {}, {}, {}, ", tenant, run,
                                  q(step.step), q(step.migration))) +
         fmt::format("{}, {}, {}, {}, {}, {})", q(keep.table.schema), q(keep.table.name),
                     q(keep.column), q(keep.is_table() ? keep.kept_as.name : keep.column_as),
                     keep.seconds, text_array(session, keep.together));
}

std::string PgLedger::restoring_sql(const Session& session, TenantId tenant,
                                    const std::string& step, int part) const {
  return sql(session, fmt::format("select @ledger@.restoring({}, {}, {})", tenant,
                                  session.quote_literal(step), part));
}

std::string PgLedger::restored_sql(const Session& session, TenantId tenant, RunId run,
                                   const std::string& step, int part, bool last) const {
  return sql(session, fmt::format("select @ledger@.restored({}, {}, {}, {}, {})", tenant, run,
                                  session.quote_literal(step), part, last));
}

std::string PgLedger::purged_sql(const Session& session, TenantId tenant, RunId run,
                                 const std::string& step) const {
  return sql(session, fmt::format("select @ledger@.purged({}, {}, {})", tenant, run,
                                  session.quote_literal(step)));
}

std::string PgLedger::purge_failed_sql(const Session& session, TenantId tenant, RunId run,
                                       const database::StepWrite& step,
                                       const database::Failure& failure) const {
  return failure_event(session, tenant, run, step, "purge-failed", failure);
}

}  // namespace lockstep::postgres
