#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger.h"
#include "lockstep/core/migration_key.h"
#include "lockstep/core/sha256.h"
#include "lockstep/plan/plan.h"
#include "sql_text.h"

namespace lockstep::postgres {

using database::Checkpoint;
using database::LedgerTenant;
using database::RecordedMigration;
using database::RunId;
using database::Session;
using database::StepWrite;
using database::TenantId;

namespace {

struct Columns {
  std::vector<std::string> keys, names, scopes, checksums, sources;
};

Columns columns_of(const std::vector<RecordedMigration>& migrations) {
  Columns out;
  for (const RecordedMigration& migration : migrations) {
    out.keys.push_back(migration.key);
    out.names.push_back(migration.name);
    out.scopes.emplace_back(core::to_string(migration.scope));
    out.checksums.push_back(migration.checksum);
    out.sources.push_back(migration.source);
  }
  return out;
}

std::string unnested(const Session& session, const std::vector<RecordedMigration>& migrations) {
  const Columns all = columns_of(migrations);
  return fmt::format("unnest({}, {}, {}, {}, {}) as f (key, name, scope, checksum, source)",
                     text_array(session, all.keys), text_array(session, all.names),
                     text_array(session, all.scopes), text_array(session, all.checksums),
                     text_array(session, all.sources));
}

/// The first of two statements of one message, so that the second one sees what was waited for.
std::string hold_texts(const std::string& files) {
  return fmt::format(
      "select @ledger@.change_texts(array(select m.key from @ledger@.migration m join {} on"
      " f.key = m.key where m.checksum <> f.checksum));\n",
      files);
}

std::string json_array(const Session& session, const std::vector<std::string>& values) {
  return session.quote_literal(nlohmann::json(values).dump()) + "::jsonb";
}

std::string chunk_json(const Session& session, const std::optional<database::Chunk>& chunk) {
  if (!chunk) {
    return "null";
  }
  const nlohmann::json value{{"end", chunk->end},
                             {"strides", chunk->strides},
                             {"stride", chunk->stride},
                             {"at", chunk->at}};
  return session.quote_literal(value.dump()) + "::jsonb";
}

}  // namespace

// Checks and gates change nothing when they are done; a backfill's checkpoint counts what it
// changed; a build that failed and left nothing gives its claim up (an intent without definition).
std::string stands_sql(std::string_view row) {
  return fmt::format(
      "exists (select from @ledger@.step s"
      " left join @ledger@.checkpoint c on c.tenant = s.tenant and c.step = s.step"
      " left join @ledger@.intent i on i.tenant = s.tenant and i.step = s.step"
      " where s.tenant = {0}.tenant and s.migration = {0}.migration"
      " and (s.state = 'done' and s.kind not in ('check', 'gate')"
      " or c.rows > 0 or i.definition <> ''))",
      row);
}

std::string begun_sql(std::string_view row) {
  return fmt::format("({}.finished is not null or {})", row, stands_sql(row));
}

void PgLedger::register_migrations(Session& session,
                                   const std::vector<RecordedMigration>& migrations) {
  if (migrations.empty()) {
    return;
  }
  const std::string files = unnested(session, migrations);
  // A file that no tenant has begun may still be edited.
  session.execute(
      sql(session,
          hold_texts(files) +
              fmt::format(
                  "insert into @ledger@.migration as m (key, name, scope, checksum, source)"
                  " select * from {} on conflict (key) do update set name = excluded.name,"
                  " scope = excluded.scope, checksum = excluded.checksum, source = excluded.source,"
                  " replaced = clock_timestamp() where m.checksum <> excluded.checksum and"
                  " (starts_with(m.key, {}) or not exists (select from @ledger@.tenant_migration t"
                  " where t.migration = m.key and {}))",
                  files, session.quote_literal(core::kRepeatableKey), begun_sql("t"))));
}

void PgLedger::replace_checksums(Session& session, RunId run,
                                 const std::vector<RecordedMigration>& migrations) {
  if (migrations.empty()) {
    return;
  }
  const std::string files = unnested(session, migrations);
  session.execute(sql(
      session,
      hold_texts(files) +
          fmt::format("with changed as (update @ledger@.migration m set checksum = f.checksum,"
                      " source = f.source, name = f.name, replaced = clock_timestamp() from {}"
                      " where m.key = f.key and m.checksum <> f.checksum returning m.key),"
                      " applied as (update @ledger@.tenant_migration t set checksum = f.checksum"
                      " from {} where t.migration = f.key and {})"
                      " insert into @ledger@.event (run, migration, kind) select {}, key, "
                      "'repaired' from changed",
                      files, files, begun_sql("t"), run)));
}

void PgLedger::forget_migrations(Session& session, RunId run,
                                 const std::vector<std::string>& keys) {
  if (keys.empty()) {
    return;
  }
  const std::string list = text_array(session, keys);
  session.execute(
      sql(session, fmt::format("begin;"
                               "select @ledger@.change_texts({1});"
                               "insert into @ledger@.event (run, tenant, migration, kind, message)"
                               " select {0}, tenant, migration, 'forgotten', 'was ' || state"
                               " from @ledger@.tenant_migration where migration = any ({1});"
                               "delete from @ledger@.step where migration = any ({1});"
                               "delete from @ledger@.tenant_migration where migration = any ({1});"
                               "delete from @ledger@.migration where key = any ({1});"
                               "commit",
                               run, list)));
}

std::map<std::string, LedgerTenant> PgLedger::register_tenants(
    Session& session, const std::vector<std::string>& tenants) {
  std::map<std::string, LedgerTenant> known;
  if (tenants.empty()) {
    return known;
  }
  const std::string schemas = fmt::format(
      "(select oid, nspname::text as name from pg_namespace where nspname = any ({0})"
      " union all select 0, '' where '' = any ({0}))",
      text_array(session, tenants));
  // Two statements, one message: the second sees what the first (or a concurrent runner) put in.
  const database::Result rows = session.execute(
      sql(session, fmt::format("insert into @ledger@.tenant as t (schema_oid, name)"
                               " select s.oid, s.name from {0} s where not exists (select from"
                               " @ledger@.tenant t where t.schema_oid = s.oid and t.name = s.name)"
                               " on conflict (schema_oid) do update set name = excluded.name;"
                               "select t.id, t.name, t.schema_oid from @ledger@.tenant t"
                               " join {0} s on s.oid = t.schema_oid",
                               schemas)));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    LedgerTenant tenant{std::stoi(rows.at(i, 0)), rows.at(i, 1), std::stoll(rows.at(i, 2))};
    known.emplace(tenant.name, tenant);
  }
  return known;
}

std::string PgLedger::store_step_list(Session& session, const std::vector<plan::Step>& steps) {
  const std::string text = plan::steps_to_json(steps);
  std::string hash = core::sha256_hex(text);
  session.execute(
      sql(session, fmt::format("insert into @ledger@.step_list (hash, steps)"
                               " values ({}, {}) on conflict do nothing",
                               session.quote_literal(hash), session.quote_literal(text))));
  return hash;
}

std::size_t PgLedger::baseline(Session& session, RunId run, const std::vector<TenantId>& tenants,
                               const std::vector<RecordedMigration>& migrations) {
  if (tenants.empty() || migrations.empty()) {
    return 0;
  }
  const Columns all = columns_of(migrations);
  // Steps that are stored and not more give way, with what failed of them.
  const database::Result put = session.execute(
      sql(session,
          fmt::format(
              "with put as (insert into @ledger@.tenant_migration as had"
              " (tenant, migration, checksum, state, run, expanded, finished)"
              " select t, f.key, f.checksum, 'baseline', {0}, clock_timestamp(), clock_timestamp()"
              " from unnest({1}) t, unnest({2}, {3}) as f (key, checksum)"
              " on conflict (tenant, migration) do update set checksum = excluded.checksum,"
              " state = excluded.state, step_list = null, expand_left = 0, contract_left = 0,"
              " run = excluded.run, expanded = excluded.expanded, finished = excluded.finished"
              " where not {4} returning tenant, migration),"
              " void as (delete from @ledger@.step s using put where s.tenant = put.tenant"
              " and s.migration = put.migration),"
              " told as (insert into @ledger@.event (run, tenant, migration, kind)"
              " select {0}, tenant, migration, 'baseline' from put)"
              " select count(*) from put",
              run, number_array(tenants, "integer"), text_array(session, all.keys),
              text_array(session, all.checksums), begun_sql("had"))));
  return std::stoull(put.at(0, 0));
}

std::string PgLedger::start_sql(const Session& session, TenantId tenant, RunId run,
                                const std::vector<database::MigrationStart>& migrations) const {
  std::vector<std::string> keys, checksums, lists;
  std::vector<int> expand, contract;
  std::vector<std::string> replaced;
  for (const database::MigrationStart& start : migrations) {
    if (start.replaces) {
      replaced.push_back(start.migration);
    }
    keys.push_back(start.migration);
    checksums.push_back(start.checksum);
    lists.push_back(start.step_list);
    expand.push_back(start.expand_steps);
    contract.push_back(start.contract_steps);
  }
  const std::string clear = replaced.empty()
                                ? std::string()
                                : fmt::format(
                                      "delete from @ledger@.tenant_migration m where m.tenant = {}"
                                      " and m.migration = any ({}) and not {};\n",
                                      tenant, text_array(session, replaced), begun_sql("m"));
  return sql(session,
             clear + fmt::format("select @ledger@.start({}, {}, {}, {}, {}, {}, {})", tenant, run,
                                 text_array(session, keys), text_array(session, checksums),
                                 text_array(session, lists), number_array(expand, "integer"),
                                 number_array(contract, "integer")));
}

std::string PgLedger::running_sql(const Session& session, TenantId tenant, RunId run,
                                  const StepWrite& step) const {
  const auto q = [&](std::string_view text) { return session.quote_literal(text); };
  return sql(session, fmt::format("select @ledger@.running({}, {}, {}, {}, {}, {}, {}, {})", tenant,
                                  run, q(step.step), q(step.migration), step.ordinal,
                                  q(core::to_string(step.phase)), q(step.kind), step.attempt));
}

std::string PgLedger::done_sql(const Session& session, TenantId tenant, RunId run,
                               database::Via via, const std::vector<StepWrite>& steps,
                               const std::string& rows) const {
  std::vector<std::string> ids, migrations, phases, kinds;
  std::vector<int> ordinals, attempts;
  for (const StepWrite& step : steps) {
    ids.push_back(step.step);
    migrations.push_back(step.migration);
    phases.emplace_back(core::to_string(step.phase));
    kinds.push_back(step.kind);
    ordinals.push_back(step.ordinal);
    attempts.push_back(step.attempt);
  }
  return sql(session,
             fmt::format("select @ledger@.done({}, {}, {}, {}, {}, {}, {}, {}, {}, {})", tenant,
                         run, session.quote_literal(to_string(via)), text_array(session, ids),
                         text_array(session, migrations), number_array(ordinals, "integer"),
                         text_array(session, phases), text_array(session, kinds),
                         number_array(attempts, "integer"), rows));
}

std::string PgLedger::failed_sql(const Session& session, TenantId tenant, RunId run,
                                 const StepWrite& step, database::StepState state,
                                 const database::Failure& failure) const {
  const auto q = [&](std::string_view text) { return session.quote_literal(text); };
  return sql(
      session,
      fmt::format("select @ledger@.failed({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                  tenant, run, q(step.step), q(step.migration), step.ordinal,
                  q(core::to_string(step.phase)), q(step.kind), step.attempt, q(to_string(state)),
                  q(failure.sqlstate), q(failure.message), q(failure.hint), q(failure.statement)));
}

std::string PgLedger::checkpoint_sql(const Session& session, TenantId tenant,
                                     const std::string& step, const Checkpoint& checkpoint,
                                     const std::string& rows) const {
  return sql(session, fmt::format("select @ledger@.checkpoint({}, {}, {}, {}, {}, {}, {}, {}, {})",
                                  tenant, session.quote_literal(step), checkpoint.version,
                                  json_array(session, checkpoint.cursor),
                                  json_array(session, checkpoint.bound), checkpoint.relfilenode,
                                  checkpoint.pass, rows, chunk_json(session, checkpoint.chunk)));
}

std::string PgLedger::intent_sql(const Session& session, TenantId tenant, const std::string& step,
                                 const database::Intent& intent) const {
  return sql(session, fmt::format("select @ledger@.intend({}, {}, {}, {}, {})", tenant,
                                  session.quote_literal(step), intent.index_oid, intent.relfilenode,
                                  session.quote_literal(intent.definition)));
}

}  // namespace lockstep::postgres
