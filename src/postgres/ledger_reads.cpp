#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledger.h"
#include "ledger_states.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/plan/plan.h"
#include "sql_text.h"

namespace lockstep::postgres {

using database::Checkpoint;
using database::HistoryEntry;
using database::MigrationState;
using database::OpenStep;
using database::Profile;
using database::Profiles;
using database::RecordedMigration;
using database::Result;
using database::Session;
using database::StepRecord;
using database::TenantId;
using database::TenantMigration;

namespace {

constexpr const char* kIsoTime = "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'";

}  // namespace

std::string iso(const std::string& column) {
  return fmt::format("coalesce(to_char({} at time zone 'UTC', {}), '')", column, kIsoTime);
}

std::string tenants_here() {
  return fmt::format(
      "(with here as materialized (select {} as same from @ledger@.meta)"
      " select t.id, t.schema_oid from @ledger@.tenant t where (select same from here)"
      " union all (select distinct on (t.name) t.id, case when t.name = '' then 0::oid else n.oid "
      "end"
      " from @ledger@.tenant t left join pg_namespace n on n.nspname = t.name"
      " where not (select same from here) order by t.name, t.id desc))",
      kSameDatabase);
}

namespace {

// Between the parts of a profile's text; no name holds control characters of this kind.
constexpr char kField = '\x1f';
constexpr char kRecord = '\x1e';

constexpr std::string_view kBegun = "begun";
constexpr std::string_view kApplied = "applied";
constexpr std::string_view kStoredOnly = "stored";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<TenantMigration> profile_migrations(const std::string& text) {
  std::vector<TenantMigration> all;
  if (text.empty()) {
    return all;
  }
  for (const std::string& record : split(text, kRecord)) {
    const std::vector<std::string> field = split(record, kField);
    all.push_back(TenantMigration{field.at(0), migration_state(field.at(1)), field.at(2),
                                  field.at(3), field.at(4) != kStoredOnly});
  }
  return all;
}

std::vector<std::string> texts_of(const std::string& json) {
  return nlohmann::json::parse(json).get<std::vector<std::string>>();
}

database::Chunk chunk_of(const std::string& json) {
  const nlohmann::json value = nlohmann::json::parse(json);
  return {value.at("end").get<std::vector<std::string>>(), value.at("strides").get<int>(),
          value.at("stride").get<int>(), value.at("at").get<std::vector<std::string>>()};
}

// ---- what overview() reads in one result: parts of equal columns, each with its own order, and
// ---- six texts in a row

constexpr std::string_view kMetaPart = "0";
constexpr std::string_view kMigrationsPart = "1";
constexpr std::size_t kFirst = 2;  // column, after the part and the place in it

std::string meta_part() {
  return "select 0 as part, 0::bigint as place, schema_version::text, (exists (select from"
         " @ledger@.step where state <> 'done'))::text,"
         " (exists (select from @ledger@.run where ended is null))::text, null, null, null"
         " from @ledger@.meta";
}

/// `stands`: stands_sql of a row t of tenant_migration, or what stands for it. Written so that
/// nothing is looked up for what is finished, in the server's estimates neither.
std::string migrations_part(bool with_source, const std::string& stands) {
  const std::string rows =
      "exists (select from @ledger@.tenant_migration t where t.migration = m.key";
  return fmt::format(
      "select 1 as part, row_number() over (order by m.key collate \"C\") as place, m.key, m.name,"
      " m.scope, m.checksum, {}, case when {} and t.finished is not null) then '{}'"
      " when {} and t.finished is null and {}) then '{}' when {}) then '{}' else '' end"
      " from @ledger@.migration m",
      with_source ? "m.source" : "''", rows, kBegun, rows, stands, kBegun, rows, kApplied);
}

RecordedMigration recorded_migration(const Result& rows, std::size_t row) {
  RecordedMigration migration;
  migration.key = rows.at(row, kFirst);
  migration.name = rows.at(row, kFirst + 1);
  migration.scope =
      rows.at(row, kFirst + 2) == "shared" ? core::Scope::kShared : core::Scope::kTenant;
  migration.checksum = rows.at(row, kFirst + 3);
  migration.source = rows.at(row, kFirst + 4);
  migration.begun = rows.at(row, kFirst + 5) == kBegun;
  migration.applied = migration.begun || rows.at(row, kFirst + 5) == kApplied;
  return migration;
}

/// A row for each tenant, those of one profile after each other, and the profile in the first of
/// them only: 10,000 equal tenants come as one text and their names. `stands`: stands_sql of a row
/// m of tenant_migration, or what stands for it.
std::string profiles_part(const Session& session, const std::vector<std::string>& tenants,
                          const std::string& stands) {
  return fmt::format(
      "select 2 as part, row_number() over (order by first, place) as place,"
      " case when place = first then profile end, name, coalesce(id, 0)::text, oid::text, null, "
      "null"
      " from (with wanted as (select w.name, w.place, case when w.name = '' then 0::oid else n.oid"
      " end as oid from unnest({}) with ordinality w (name, place) left join pg_namespace n"
      " on n.nspname = w.name), known as (select w.name, w.place, w.oid, t.id from wanted w"
      " left join {} t on t.schema_oid = w.oid), stored as (select m.tenant, m.migration from known"
      " join @ledger@.tenant_migration m on m.tenant = known.id where m.finished is null"
      " and not {}), standing as (select k.name, k.place, k.oid, k.id,"
      " coalesce(string_agg(concat_ws(e'\\x1f', m.migration, m.state, m.checksum,"
      " coalesce(m.step_list, ''), case when stored.tenant is null then '' else '{}' end), e'\\x1e'"
      " order by m.migration collate \"C\")"
      " filter (where m.migration is not null), '') as profile from known k"
      " left join @ledger@.tenant_migration m on m.tenant = k.id"
      " left join stored on stored.tenant = m.tenant and stored.migration = m.migration"
      " group by k.name, k.place, k.oid, k.id)"
      " select profile, name, id, oid, place, first_value(place) over (partition by oid is null,"
      " profile collate \"C\" order by place) as first from standing) s",
      text_array(session, tenants), tenants_here(), stands, kStoredOnly);
}

void add_standing(const Result& rows, std::size_t row, Profiles& out) {
  const auto& profile = rows.rows[row].at(kFirst);
  const std::string& name = rows.at(row, kFirst + 1);
  if (!rows.rows[row].at(kFirst + 3)) {
    out.missing.push_back(name);
    return;
  }
  if (profile) {
    out.profiles.push_back(Profile{profile_migrations(*profile), {}});
  }
  out.profiles.back().tenants.push_back(
      {std::stoi(rows.at(row, kFirst + 2)), name, std::stoll(rows.at(row, kFirst + 3))});
}

std::vector<RecordedMigration> migrations_of(const Result& rows) {
  std::vector<RecordedMigration> all;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    all.push_back(recorded_migration(rows, i));
  }
  return all;
}

Profiles profiles_of(const Result& rows) {
  Profiles out;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    add_standing(rows, i, out);
  }
  return out;
}

}  // namespace

std::optional<database::Ledger::Overview> PgLedger::overview(
    Session& session, const std::vector<std::string>& tenants) {
  Result rows;
  try {
    rows = session.execute(
        sql(session, fmt::format("{} union all {} union all {} order by part, place", meta_part(),
                                 migrations_part(false, stands_sql("t")),
                                 profiles_part(session, tenants, stands_sql("m")))));
  } catch (const database::DatabaseError& error) {
    // Not there, not to be read, or another version's: the shortest of queries tells which.
    if (error.kind() == database::DatabaseError::Kind::kServer && !error.is_transient() &&
        !present(session)) {
      return std::nullopt;
    }
    if (error.is(core::sqlstate::kInsufficientPrivilege)) {
      // Part of the ledger may not be read. What can be is enough to say of all of it what is
      // missing.
      const auto read = [&](const std::string& part) {
        return session.execute(sql(session, part + " order by place"));
      };
      return Overview{migrations_of(read(migrations_part(false, "true"))),
                      profiles_of(read(profiles_part(session, tenants, "true"))), true, false};
    }
    throw;
  }
  if (rows.empty() || rows.at(0, 0) != kMetaPart) {
    return std::nullopt;
  }
  refuse_newer(std::stoi(rows.at(0, kFirst)));
  Overview overview;
  overview.open_steps = rows.at(0, kFirst + 1) == "true";
  overview.unended_run = rows.at(0, kFirst + 2) == "true";
  for (std::size_t i = 1; i < rows.rows.size(); ++i) {
    if (rows.at(i, 0) == kMigrationsPart) {
      overview.migrations.push_back(recorded_migration(rows, i));
    } else {
      add_standing(rows, i, overview.profiles);
    }
  }
  return overview;
}

std::vector<RecordedMigration> PgLedger::migrations(Session& session, bool with_source) {
  return migrations_of(session.execute(
      sql(session, migrations_part(with_source, stands_sql("t")) + " order by place")));
}

Profiles PgLedger::profiles(Session& session, const std::vector<std::string>& tenants) {
  if (tenants.empty()) {
    return {};
  }
  return profiles_of(session.execute(
      sql(session, profiles_part(session, tenants, stands_sql("m")) + " order by place")));
}

std::map<std::string, std::vector<plan::Step>> PgLedger::step_lists(
    Session& session, const std::vector<std::string>& hashes) {
  std::map<std::string, std::vector<plan::Step>> lists;
  if (hashes.empty()) {
    return lists;
  }
  const Result rows = session.execute(
      sql(session, fmt::format("select hash, steps from @ledger@.step_list where hash = any ({})",
                               text_array(session, hashes))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    lists.emplace(rows.at(i, 0), plan::steps_from_json(rows.at(i, 1)));
  }
  return lists;
}

database::Ledger::TenantState PgLedger::tenant_state(Session& session, TenantId tenant) {
  TenantState state;
  const Result steps = session.execute(
      sql(session, fmt::format("select s.step, s.migration, s.state, s.attempt, s.via"
                               " from @ledger@.step s left join @ledger@.tenant_migration m"
                               " on m.tenant = s.tenant and m.migration = s.migration"
                               " where s.tenant = {} and m.state is distinct from 'done'",
                               tenant)));
  for (std::size_t i = 0; i < steps.rows.size(); ++i) {
    state.steps.push_back(StepRecord{
        steps.at(i, 0), steps.at(i, 1), step_state(steps.at(i, 2)), std::stoi(steps.at(i, 3)),
        steps.at(i, 4) == "direct" ? database::Via::kDirect : database::Via::kStaged});
  }
  return state;
}

std::map<TenantId, std::set<std::string>> PgLedger::done_steps(
    Session& session, const std::vector<TenantId>& tenants) {
  std::map<TenantId, std::set<std::string>> done;
  if (tenants.empty()) {
    return done;
  }
  const Result rows = session.execute(
      sql(session, fmt::format("select s.tenant, string_agg(s.step, e'\\x1e') from @ledger@.step s"
                               " join @ledger@.tenant_migration m on m.tenant = s.tenant"
                               " and m.migration = s.migration where s.tenant = any ({})"
                               " and s.state = 'done' and m.state in ('running', 'expanded')"
                               " group by s.tenant",
                               number_array(tenants, "integer"))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const std::vector<std::string> steps = split(rows.at(i, 1), kRecord);
    done[std::stoi(rows.at(i, 0))] = {steps.begin(), steps.end()};
  }
  return done;
}

std::vector<database::StepsLeft> PgLedger::steps_left(Session& session,
                                                      const std::vector<TenantId>& tenants) {
  std::vector<database::StepsLeft> all;
  if (tenants.empty()) {
    return all;
  }
  const Result rows = session.execute(
      sql(session, fmt::format("select migration, sum(expand_left), sum(contract_left)"
                               " from @ledger@.tenant_migration where tenant = any ({})"
                               " and state in ('running', 'expanded') group by migration",
                               number_array(tenants, "integer"))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    all.push_back({rows.at(i, 0), std::stoll(rows.at(i, 1)), std::stoll(rows.at(i, 2))});
  }
  return all;
}

Checkpoint PgLedger::checkpoint(Session& session, TenantId tenant, const std::string& step) {
  const Result row = session.execute(
      sql(session, fmt::format("select version, cursor, bound, relfilenode, pass, rows, chunk from"
                               " @ledger@.checkpoint where tenant = {} and step = {}",
                               tenant, session.quote_literal(step))));
  Checkpoint checkpoint;
  if (!row.empty()) {
    checkpoint.version = std::stoll(row.at(0, 0));
    checkpoint.cursor = texts_of(row.at(0, 1));
    checkpoint.bound = texts_of(row.at(0, 2));
    checkpoint.relfilenode = std::stoll(row.at(0, 3));
    checkpoint.pass = std::stoi(row.at(0, 4));
    checkpoint.rows = std::stoll(row.at(0, 5));
    if (row.rows.front().at(6)) {
      checkpoint.chunk = chunk_of(row.at(0, 6));
    }
  }
  return checkpoint;
}

std::optional<database::Intent> PgLedger::intent(Session& session, TenantId tenant,
                                                 const std::string& step) {
  const Result row = session.execute(
      sql(session, fmt::format("select index_oid, relfilenode, definition, backend_pid,"
                               " coalesce(backend_start::text, '')"
                               " from @ledger@.intent where tenant = {} and step = {}",
                               tenant, session.quote_literal(step))));
  if (row.empty()) {
    return std::nullopt;
  }
  return database::Intent{std::stoll(row.at(0, 0)), std::stoll(row.at(0, 1)), row.at(0, 2),
                          std::stoi(row.at(0, 3)), row.at(0, 4)};
}

std::vector<OpenStep> PgLedger::open_steps(Session& session) {
  const Result rows = session.execute(
      sql(session,
          fmt::format("select coalesce(n.nspname, ''), s.step, s.migration, s.state,"
                      " coalesce(s.sqlstate, ''), coalesce(s.message, ''),"
                      " coalesce(s.hint, ''), {}, coalesce(c.rows, s.rows), t.schema_oid"
                      " from @ledger@.step s join {} t on t.id = s.tenant"
                      " left join pg_namespace n on n.oid = t.schema_oid"
                      " left join @ledger@.checkpoint c on c.tenant = s.tenant and c.step = s.step"
                      " where s.state <> 'done' and (n.oid is not null or t.schema_oid = 0)"
                      " order by s.tenant, s.step collate \"C\"",
                      iso("coalesce(s.finished, s.started)"), tenants_here())));
  std::vector<OpenStep> all;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    all.push_back(OpenStep{rows.at(i, 0), std::stoll(rows.at(i, 9)), rows.at(i, 1), rows.at(i, 2),
                           step_state(rows.at(i, 3)), rows.at(i, 4), rows.at(i, 5), rows.at(i, 6),
                           rows.at(i, 7), std::stoll(rows.at(i, 8))});
  }
  return all;
}

std::vector<HistoryEntry> PgLedger::history(Session& session,
                                            const std::optional<std::vector<std::string>>& tenants,
                                            std::size_t limit) {
  const std::string entries =
      "select s.tenant, s.migration, s.step, s.phase, s.kind, s.state, s.via, s.attempt, s.rows,"
      " s.started, s.finished, '' as sqlstate, '' as message, s.run"
      " from @ledger@.step s where s.state in ('done', 'running')"
      " union all select e.tenant, e.migration, coalesce(e.step, ''), '', '', e.kind, '', "
      "e.attempt,"
      " e.rows, null, e.at, coalesce(e.sqlstate, ''), coalesce(e.message, ''), e.run"
      " from @ledger@.event e";
  const std::string only = tenants ? fmt::format("where coalesce(n.nspname, t.name) = any ({})",
                                                 text_array(session, *tenants))
                                   : std::string();
  const Result rows = session.execute(
      sql(session,
          fmt::format("select coalesce(n.nspname, t.name, ''), h.migration,"
                      " coalesce(m.name, ''), h.step, h.phase, h.kind, h.state, h.via,"
                      " h.attempt, h.rows, {}, {}, h.sqlstate, h.message, h.run,"
                      " coalesce(r.host, ''), coalesce(r.os_user, ''),"
                      " coalesce(r.database_user, ''), coalesce(r.lockstep_version, ''),"
                      " coalesce(r.plan, ''), coalesce(r.command, '') from ({}) h"
                      " left join @ledger@.tenant t on t.id = h.tenant"
                      " left join {} here on here.id = h.tenant"
                      " left join pg_namespace n on n.oid = here.schema_oid"
                      " left join @ledger@.migration m on m.key = h.migration"
                      " left join @ledger@.run r on r.id = h.run {}"
                      " order by coalesce(h.finished, h.started) desc, h.step desc limit {}",
                      iso("h.started"), iso("h.finished"), entries, tenants_here(), only, limit)));
  std::vector<HistoryEntry> all;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    all.push_back(HistoryEntry{rows.at(i, 0),
                               rows.at(i, 1),
                               rows.at(i, 2),
                               rows.at(i, 3),
                               rows.at(i, 4),
                               rows.at(i, 5),
                               rows.at(i, 6),
                               rows.at(i, 7),
                               std::stoi(rows.at(i, 8)),
                               std::stoll(rows.at(i, 9)),
                               rows.at(i, 10),
                               rows.at(i, 11),
                               rows.at(i, 12),
                               rows.at(i, 13),
                               std::stoll(rows.at(i, 14)),
                               rows.at(i, 15),
                               rows.at(i, 16),
                               rows.at(i, 17),
                               rows.at(i, 18),
                               rows.at(i, 19),
                               rows.at(i, 20)});
  }
  return all;
}

}  // namespace lockstep::postgres
