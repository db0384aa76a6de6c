#include "ledger.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ledger_schema.h"
#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/postgres/ledger.h"
#include "sql_text.h"

namespace lockstep::postgres {

using database::DatabaseError;
using database::Result;
using database::RunId;
using database::Session;

namespace {

// Held only while the ledger is created or upgraded; any constant that no one else is likely to
// use.
constexpr int kUpgradeLockClass = 0x4c6f636b;
constexpr int kUpgradeAttempts = 600;

}  // namespace

std::string PgLedger::sql(const Session& session, std::string text) const {
  return in_ledger(std::move(text), session.quote_identifier(schema_));
}

void PgLedger::refuse_newer(int version) const {
  if (version > kLedgerVersion) {
    throw core::Refused(
        fmt::format(
            "the ledger in schema {} has version {}, and this Lockstep knows versions up to {}",
            schema_, version, kLedgerVersion),
        "use the newer Lockstep that wrote it");
  }
}

/// 0 where there is none.
int PgLedger::version_in(Session& session, bool& same_database) const {
  try {
    const Result meta = session.execute(
        sql(session, fmt::format("select schema_version, {} from @ledger@.meta", kSameDatabase)));
    same_database = !meta.empty() && meta.at(0, 1) == "t";
    return meta.empty() ? 0 : std::stoi(meta.at(0, 0));
  } catch (const DatabaseError& error) {
    if (error.is(core::sqlstate::kUndefinedTable) || error.is(core::sqlstate::kInvalidSchemaName)) {
      same_database = false;
      return 0;
    }
    if (error.is(core::sqlstate::kInsufficientPrivilege)) {
      throw not_granted(session, Wanted::kUse, error);
    }
    throw;
  }
}

DatabaseError PgLedger::not_granted(Session& session, Wanted wanted,
                                    const DatabaseError& error) const {
  const Result names = session.execute("select current_database(), current_user");
  const std::string role = session.quote_identifier(names.at(0, 1));
  const std::string schema = session.quote_identifier(schema_);
  const std::string elsewhere = "or name another schema with ledger_schema in lockstep.yaml";
  std::string what;
  std::string remedy;
  switch (wanted) {
    case Wanted::kSchema:
      what = fmt::format("create schema {} for its ledger", schema);
      remedy = fmt::format(
          "GRANT CREATE ON DATABASE {} TO {}; or, as somebody who may: CREATE SCHEMA {} "
          "AUTHORIZATION {}; {}",
          session.quote_identifier(names.at(0, 0)), role, schema, role, elsewhere);
      break;
    case Wanted::kTables:
      what = fmt::format("create the tables of its ledger in schema {}", schema);
      remedy = fmt::format("GRANT USAGE, CREATE ON SCHEMA {} TO {}; {}", schema, role, elsewhere);
      break;
    case Wanted::kGrace: {
      const std::string grace = session.quote_identifier(grace_schema());
      what = fmt::format("create schema {}, for dropped tables", grace);
      remedy = fmt::format(
          "GRANT CREATE ON DATABASE {} TO {}; or, as somebody who may: CREATE SCHEMA {} "
          "AUTHORIZATION {}; or drop without a grace: drop_grace: 0 in lockstep.yaml",
          session.quote_identifier(names.at(0, 0)), role, grace, role);
      break;
    }
    case Wanted::kUse:
      what = fmt::format("use its ledger in schema {}", schema);
      remedy = fmt::format(
          "run it as the role that owns the ledger: name that one with `role:` in lockstep.yaml, "
          "or GRANT it TO {}",
          role);
      break;
  }
  return {error.kind(), error.sqlstate(),
          fmt::format("Lockstep wanted to {} in database {} as role {}: {}", what, names.at(0, 0),
                      names.at(0, 1), error.what()),
          error.detail(), remedy};
}

bool PgLedger::present(Session& session) {
  bool same_database = false;
  const int version = version_in(session, same_database);
  refuse_newer(version);
  return version > 0;
}

namespace {

/// Opens a transaction that holds the upgrade's lock. Never waits inside a transaction: an open
/// snapshot stalls concurrent builds.
void begin_upgrade(Session& session) {
  for (int attempt = 0; attempt < kUpgradeAttempts; ++attempt) {
    session.execute("begin");
    if (session.execute(fmt::format("select pg_try_advisory_xact_lock({}, 0)", kUpgradeLockClass))
            .as_bool()) {
      return;
    }
    session.execute("rollback");
    session.execute("select pg_sleep(0.05)");
  }
  throw DatabaseError(DatabaseError::Kind::kServer, std::string(core::sqlstate::kLockNotAvailable),
                      "another runner has been creating or upgrading the ledger for 30 s", {},
                      "look at what it waits for: select * from pg_stat_activity");
}

}  // namespace

void PgLedger::prepare(Session& session) {
  bool same_database = false;
  int version = version_in(session, same_database);
  refuse_newer(version);
  if (version == kLedgerVersion && same_database) {
    return;
  }
  begin_upgrade(session);
  // Asked before the tables are: a failed statement would end the transaction.
  const bool schema_exists =
      session
          .execute(fmt::format("select exists (select from pg_namespace where nspname = {})",
                               session.quote_literal(schema_)))
          .as_bool();
  const bool tables_exist =
      session
          .execute(fmt::format("select to_regclass({}) is not null",
                               session.quote_literal(session.quote_identifier(schema_) + ".meta")))
          .as_bool();
  version = tables_exist ? version_in(session, same_database) : 0;
  try {
    if (!schema_exists) {
      session.execute(sql(session, "create schema @ledger@"));
    }
    for (const std::string& part : ledger_upgrades(version, session.quote_identifier(schema_))) {
      session.execute(part);
    }
  } catch (const DatabaseError& error) {
    if (error.is(core::sqlstate::kInsufficientPrivilege)) {
      throw not_granted(session,
                        !schema_exists ? Wanted::kSchema
                        : tables_exist ? Wanted::kUse
                                       : Wanted::kTables,
                        error);
    }
    throw;
  }
  const std::string identity =
      "(select system_identifier::text from pg_control_system()),"
      " (select oid from pg_database where datname = current_database())";
  if (version == 0) {
    session.execute(sql(session, fmt::format("insert into @ledger@.meta (schema_version,"
                                             " system_identifier, database_oid) select {}, {}",
                                             kLedgerVersion, identity)));
  } else {
    session.execute(sql(session, fmt::format("update @ledger@.meta set (schema_version,"
                                             " system_identifier, database_oid, upgraded) ="
                                             " (select {}, {}, clock_timestamp())",
                                             kLedgerVersion, identity)));
  }
  if (version > 0 && !same_database) {
    // Restored elsewhere, where schemas have other oids: the youngest tenant of each name is found
    // again.
    session.execute(sql(session, "update @ledger@.tenant set schema_oid = null where name <> ''"));
    session.execute(sql(session, "delete from @ledger@.structure"));  // other oids print otherwise
    session.execute(
        sql(session,
            "update @ledger@.tenant t set schema_oid = n.oid from pg_namespace n"
            " where n.nspname = t.name and t.name <> '' and not exists (select from"
            " @ledger@.tenant younger where younger.name = t.name and younger.id > t.id)"));
  }
  session.execute("commit");
}

RunId PgLedger::begin_run(Session& session, const database::RunInfo& info) {
  const auto q = [&](const std::string& text) { return session.quote_literal(text); };
  const Result row = session.execute(
      sql(session, fmt::format("insert into @ledger@.run (command, phase, plan, host, os_user,"
                               " lockstep_version) values ({}, {}, {}, {}, {}, {}) returning id",
                               q(info.command), q(info.phase), q(info.plan_id), q(info.host),
                               q(info.os_user), q(info.version))));
  return std::stoll(row.at(0, 0));
}

void PgLedger::end_run(Session& session, RunId run, const std::string& outcome) {
  session.execute(sql(session, fmt::format("update @ledger@.run set ended = clock_timestamp(),"
                                           " outcome = {} where id = {}",
                                           session.quote_literal(outcome), run)));
}

// A commit that has written something waits for the disk, and with it for all before it.
void PgLedger::wait_for_disk(Session& session) {
  session.execute("select pg_catalog.pg_logical_emit_message(true, 'lockstep', '')");
}

std::unique_ptr<database::Ledger> open_ledger(const std::string& schema) {
  return std::make_unique<PgLedger>(schema);
}

}  // namespace lockstep::postgres
