#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "ledger.h"
#include "ledger_states.h"
#include "lockstep/core/migration_key.h"
#include "sql_text.h"

namespace lockstep::postgres {

using database::Result;
using database::RunId;
using database::Session;
using database::StandingMigration;
using database::StepRecord;
using database::StepWrite;
using database::TenantId;

std::vector<StandingMigration> PgLedger::standing(Session& session, TenantId tenant) {
  const Result rows = session.execute(sql(
      session,
      fmt::format("select m.migration, m.state, coalesce(m.step_list, ''), s.step, s.state,"
                  " s.attempt, s.via, to_json(f.statements), s.finished"
                  " from @ledger@.tenant_migration m"
                  " left join @ledger@.step s on s.tenant = m.tenant and s.migration = m.migration"
                  " left join @ledger@.former f on f.tenant = s.tenant and f.step = s.step"
                  " where m.tenant = {} order by m.started desc, m.migration collate \"C\" desc,"
                  " s.ordinal",
                  tenant)));
  std::vector<StandingMigration> all;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    if (all.empty() || all.back().migration != rows.at(i, 0)) {
      all.push_back({rows.at(i, 0), migration_state(rows.at(i, 1)), rows.at(i, 2), {}, {}});
    }
    const auto& step = rows.rows[i].at(3);
    if (!step) {
      continue;
    }
    all.back().steps.push_back(
        StepRecord{*step, rows.at(i, 0), step_state(rows.at(i, 4)), std::stoi(rows.at(i, 5)),
                   rows.at(i, 6) == "direct" ? database::Via::kDirect : database::Via::kStaged,
                   rows.rows[i].at(8).value_or(std::string())});
    if (const auto& former = rows.rows[i].at(7)) {
      all.back().former[*step] = nlohmann::json::parse(*former).get<std::vector<std::string>>();
    }
  }
  return all;
}

std::map<TenantId, std::set<std::string>> PgLedger::later_repeatables(
    Session& session, const std::map<TenantId, std::set<std::string>>& migrations) {
  std::vector<TenantId> tenants;
  std::vector<std::string> keys;
  for (const auto& [tenant, of_it] : migrations) {
    for (const std::string& key : of_it) {
      tenants.push_back(tenant);
      keys.push_back(key);
    }
  }
  std::map<TenantId, std::set<std::string>> later;
  if (tenants.empty()) {
    return later;
  }
  const Result rows = session.execute(sql(
      session,
      fmt::format("select r.tenant, r.migration from (select m.tenant, min(m.started) as since"
                  " from unnest({}, {}) as u (tenant, migration)"
                  " join @ledger@.tenant_migration m on m.tenant = u.tenant and m.migration ="
                  " u.migration group by m.tenant) first join @ledger@.tenant_migration r on"
                  " r.tenant = first.tenant and r.started >= first.since and r.state <> 'baseline'"
                  " where starts_with(r.migration, {})",
                  number_array(tenants, "integer"), text_array(session, keys),
                  session.quote_literal(core::kRepeatableKey))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    later[std::stoi(rows.at(i, 0))].insert(rows.at(i, 1));
  }
  return later;
}

std::map<TenantId, std::set<std::string>> PgLedger::taken_back(
    Session& session, const std::vector<TenantId>& tenants) {
  std::map<TenantId, std::set<std::string>> all;
  if (tenants.empty()) {
    return all;
  }
  const Result rows = session.execute(
      sql(session, fmt::format("select distinct e.tenant, e.migration from @ledger@.event e"
                               " where e.kind = 'rolled-back' and e.tenant = any ({})"
                               " and not exists (select from @ledger@.tenant_migration m"
                               " where m.tenant = e.tenant and m.migration = e.migration and {})",
                               number_array(tenants, "integer"), begun_sql("m"))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    all[std::stoi(rows.at(i, 0))].insert(rows.at(i, 1));
  }
  return all;
}

std::string PgLedger::keep_former_sql(const Session& session, TenantId tenant,
                                      const std::string& step,
                                      const std::vector<std::string>& queries) const {
  return sql(session, fmt::format("insert into @ledger@.former (tenant, step, statements)"
                                  " select {}, {}, array_remove(array[",
                                  tenant, session.quote_literal(step))) +
         fmt::format("({})]::text[], null)", fmt::join(queries, "), ("));
}

std::string PgLedger::undone_sql(const Session& session, TenantId tenant, RunId run,
                                 const std::vector<StepWrite>& steps,
                                 const std::vector<std::string>& migrations) const {
  std::vector<std::string> ids;
  std::vector<int> attempts;
  for (const StepWrite& step : steps) {
    ids.push_back(step.step);
    attempts.push_back(step.attempt);
  }
  // What was kept is in its place again.
  std::string text = fmt::format(
      "delete from @ledger@.kept where tenant = {0} and step = any ({2});\n"
      "select @ledger@.undone({0}, {1}, {2}, {3}, {4})",
      tenant, run, text_array(session, ids), number_array(attempts, "integer"),
      text_array(session, migrations));
  for (const StepWrite& step : steps) {
    if (!step.finished.empty()) {
      text += fmt::format(
          ";\nupdate @ledger@.event set message = {} where at >= transaction_timestamp()"
          " and run = {} and tenant = {} and step = {} and kind = 'undone'"
          " and message = 'was running'",
          session.quote_literal("had finished " + step.finished), run, tenant,
          session.quote_literal(step.step));
    }
  }
  return sql(session, text);
}

std::string PgLedger::undoing_sql(const Session& session, TenantId tenant, RunId run,
                                  const StepWrite& step) const {
  return sql(session, fmt::format("select @ledger@.undoing({}, {}, {}, {}, {})", tenant, run,
                                  session.quote_literal(step.step),
                                  session.quote_literal(step.migration), step.attempt));
}

std::string PgLedger::undo_failed_sql(const Session& session, TenantId tenant, RunId run,
                                      const StepWrite& step,
                                      const database::Failure& failure) const {
  return failure_event(session, tenant, run, step, "undo-failed", failure);
}

std::string PgLedger::failure_event(const Session& session, TenantId tenant, RunId run,
                                    const StepWrite& step, std::string_view kind,
                                    const database::Failure& failure) const {
  const auto q = [&](std::string_view text) { return session.quote_literal(text); };
  return sql(session,
             fmt::format("insert into @ledger@.event (run, tenant, migration, step, kind, attempt,"
                         " sqlstate, message, hint, statement) values ({}, {}, {}, {},"
                         " {}, {}, ",
                         run, tenant, q(step.migration), q(step.step), q(kind), step.attempt)) +
         fmt::format("{}, {}, {}, {})", q(failure.sqlstate), q(failure.message), q(failure.hint),
                     q(failure.statement));
}

}  // namespace lockstep::postgres
