#include <fmt/format.h>

#include "ledger.h"
#include "sql_text.h"

// What tenants' structures were when Lockstep left them half way, and which names tenants had.

namespace lockstep::postgres {

using database::RecordedStructure;
using database::Result;
using database::Session;
using database::TenantId;

std::set<std::string> PgLedger::known_names(Session& session,
                                            const std::vector<std::string>& names) {
  std::set<std::string> known;
  if (names.empty()) {
    return known;
  }
  const Result rows = session.execute(sql(session, fmt::format("select name from @ledger@.tenant"
                                                               " where name = any ({})",
                                                               text_array(session, names))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    known.insert(rows.at(i, 0));
  }
  return known;
}

std::map<TenantId, std::string> PgLedger::progress_marks(Session& session,
                                                         const std::vector<TenantId>& tenants) {
  std::map<TenantId, std::string> marks;
  if (tenants.empty()) {
    return marks;
  }
  const Result rows = session.execute(
      sql(session, fmt::format("select t, @ledger@.progress_mark(t) from unnest({}) t",
                               number_array(tenants, "integer"))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    marks.emplace(std::stoi(rows.at(i, 0)), rows.at(i, 1));
  }
  return marks;
}

std::vector<RecordedStructure> PgLedger::structures(Session& session,
                                                    const std::vector<TenantId>& tenants) {
  std::vector<RecordedStructure> all;
  if (tenants.empty()) {
    return all;
  }
  const Result rows = session.execute(
      sql(session, fmt::format("select tenant, fingerprint, basis, mark, to_char(recorded at time"
                               " zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                               " from @ledger@.structure where tenant = any ({})"
                               " and mark = @ledger@.progress_mark(tenant)",
                               number_array(tenants, "integer"))));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    all.push_back(
        {std::stoi(rows.at(i, 0)), rows.at(i, 1), rows.at(i, 2), rows.at(i, 3), rows.at(i, 4)});
  }
  return all;
}

void PgLedger::record_structures(Session& session,
                                 const std::vector<RecordedStructure>& structures) {
  if (structures.empty()) {
    return;
  }
  std::vector<TenantId> tenants;
  std::vector<std::string> fingerprints, bases, marks;
  for (const RecordedStructure& structure : structures) {
    tenants.push_back(structure.tenant);
    fingerprints.push_back(structure.fingerprint);
    bases.push_back(structure.basis);
    marks.push_back(structure.mark);
  }
  session.execute(
      sql(session,
          fmt::format("insert into @ledger@.structure (tenant, fingerprint, basis, mark)"
                      " select u.* from unnest({}, {}, {}, {}) as u (tenant, fingerprint, basis,"
                      " mark) where u.mark = @ledger@.progress_mark(u.tenant)"
                      " on conflict (tenant) do update set fingerprint = excluded.fingerprint,"
                      " basis = excluded.basis, mark = excluded.mark, recorded = excluded.recorded",
                      number_array(tenants, "integer"), text_array(session, fingerprints),
                      text_array(session, bases), text_array(session, marks))));
}

void PgLedger::forget_structures(Session& session, const std::vector<TenantId>& tenants) {
  if (tenants.empty()) {
    return;
  }
  session.execute(sql(session, fmt::format("delete from @ledger@.structure where tenant = any ({})",
                                           number_array(tenants, "integer"))));
}

}  // namespace lockstep::postgres
