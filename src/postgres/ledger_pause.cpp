#include <fmt/format.h>

#include "ledger.h"
#include "lockstep/core/sqlstate.h"

// What stops all runs of this database between steps and batches.

namespace lockstep::postgres {

using database::Pause;
using database::Result;
using database::Session;

namespace {

constexpr std::string_view kColumns =
    "to_char(since at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), host, os_user, reason";

std::optional<Pause> pause_in(const Result& rows) {
  if (rows.empty()) {
    return std::nullopt;
  }
  return Pause{rows.at(0, 0), rows.at(0, 1), rows.at(0, 2), rows.at(0, 3)};
}

}  // namespace

std::optional<Pause> PgLedger::paused(Session& session) {
  try {
    return pause_in(
        session.execute(sql(session, fmt::format("select {} from @ledger@.pause", kColumns))));
  } catch (const database::DatabaseError& error) {
    if (error.is(core::sqlstate::kUndefinedTable)) {
      return std::nullopt;
    }
    throw;
  }
}

Pause PgLedger::pause(Session& session, const database::RunInfo& who, const std::string& reason) {
  const auto q = [&](const std::string& text) { return session.quote_literal(text); };
  // Two statements, one message: the second sees what somebody else has put in meanwhile.
  return pause_in(session.execute(
                      sql(session, fmt::format("insert into @ledger@.pause (host, os_user, reason)"
                                               " values ({}, {}, {}) on conflict do nothing;\n"
                                               "select {} from @ledger@.pause",
                                               q(who.host), q(who.os_user), q(reason), kColumns))))
      .value();
}

std::optional<Pause> PgLedger::resume(Session& session) {
  return pause_in(session.execute(
      sql(session, fmt::format("delete from @ledger@.pause returning {}", kColumns))));
}

}  // namespace lockstep::postgres
