#include "lock_census.h"

#include <algorithm>

#include <fmt/format.h>

#include "lockstep/sql/masked.h"

namespace lockstep::execution {
namespace {

// More than is shown: its literals and comments are not.
constexpr int kReadOfQuery = 4000;
constexpr std::size_t kShownOfQuery = 200;  // bytes

constexpr const char* kCensus = R"sql(
with recursive claim as (
  select to_regclass(name)::oid as oid, name from unnest(array[{}]::text[]) as c (name)),
family as (
  select oid, name from claim where oid is not null
  union
  select i.inhrelid, f.name from pg_inherits i join family f on i.inhparent = f.oid)
select f.name, l.relation::regclass::text, l.mode, coalesce(l.pid, 0),
       coalesce(a.application_name, ''), coalesce(a.usename, p.owner, ''),
       case when l.pid is null then 'prepared transaction'
            when a.backend_type = 'autovacuum worker'
              or a.pid is not null and a.backend_type is null and a.usesysid is null
            then 'autovacuum'
            else coalesce(a.state, 'unknown') end,
       coalesce(extract(epoch from clock_timestamp() - coalesce(a.xact_start, p.prepared)), 0),
       left(coalesce(a.query, p.gid, ''), {}),
       coalesce(a.query like '%(to prevent wraparound)%', false),
       concat(l.pid, ' ', l.virtualtransaction), coalesce(a.backend_type is null, false)
         and l.pid is not null,
       ceil(1000 + 1000 * extract(epoch from current_setting('deadlock_timeout')::interval))
  from pg_locks l
  join family f on f.oid = l.relation
  left join pg_stat_activity a on a.pid = l.pid
  left join pg_prepared_xacts p on l.pid is null and '-1/' || p.transaction = l.virtualtransaction
 where l.locktype = 'relation' and l.granted and l.pid is distinct from pg_backend_pid()
   and l.database = (select oid from pg_database where datname = current_database())
 order by 8 desc)sql";

/// Who it is, from six columns: pid, application, user, state, age, query.
Blocker session_in(const database::Result& rows, std::size_t row, std::size_t first) {
  Blocker blocker;
  blocker.pid = std::stoi(rows.at(row, first));
  blocker.application_name = rows.at(row, first + 1);
  blocker.user = rows.at(row, first + 2);
  blocker.state = rows.at(row, first + 3);
  blocker.age_seconds = std::stod(rows.at(row, first + 4));
  // Of a prepared transaction it is the name by which it can be ended.
  const std::string& query = rows.at(row, first + 5);
  blocker.query = blocker.pid == 0 ? query : sql::masked(query, kShownOfQuery);
  return blocker;
}

}  // namespace

std::vector<Blocker> blockers_of(database::Session& session, int pid) {
  const database::Result rows = session.execute(fmt::format(
      "select distinct b.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, ''),"
      " case when b.pid = 0 then 'prepared transaction' else coalesce(a.state, 'unknown') end,"
      " coalesce(extract(epoch from clock_timestamp() - a.xact_start), 0),"
      " left(coalesce(a.query, ''), {})"
      " from unnest(pg_blocking_pids({})) as b (pid) left join pg_stat_activity a on a.pid = b.pid"
      " order by 5 desc",
      kReadOfQuery, pid));
  std::vector<Blocker> blockers;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    blockers.push_back(session_in(rows, i, 0));
  }
  return blockers;
}

LockCensus take_census(database::Session& session, const Renderer& render,
                       const std::vector<plan::LockClaim>& claims, const LockOptions& options,
                       const std::map<std::string, core::Clock::TimePoint>& seen,
                       core::Clock::TimePoint now) {
  std::string names;
  std::vector<std::pair<std::string, catalog::LockMode>> wanted;
  for (const plan::LockClaim& claim : claims) {
    wanted.emplace_back(render.name(claim.relation), claim.mode);
    names += (names.empty() ? "" : ",") + session.quote_literal(wanted.back().first);
  }
  LockCensus census;
  if (wanted.empty()) {
    return census;
  }
  const database::Result rows = session.execute(fmt::format(kCensus, names, kReadOfQuery));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const auto held = catalog::lock_mode_from(rows.at(i, 2));
    const bool conflicts = std::any_of(wanted.begin(), wanted.end(), [&](const auto& claim) {
      return claim.first == rows.at(i, 0) && held && catalog::conflict(claim.second, *held);
    });
    if (!conflicts) {
      continue;
    }
    Blocker blocker = session_in(rows, i, 3);
    blocker.relation = rows.at(i, 1);
    blocker.mode = rows.at(i, 2);
    blocker.transaction = rows.at(i, 10);
    blocker.hidden = rows.at(i, 11) == "t";
    const auto first = seen.find(blocker.transaction);
    if (blocker.hidden && first != seen.end()) {
      blocker.age_seconds = std::chrono::duration<double>(now - first->second).count();
    }
    const bool plain_autovacuum = blocker.state == "autovacuum" && rows.at(i, 9) != "t";
    const bool old =
        blocker.age_seconds * 1000 >= static_cast<double>(options.long_transaction.count());
    census.autovacuum = census.autovacuum || plain_autovacuum;
    census.autovacuum_yields = std::chrono::milliseconds(std::stoll(rows.at(i, 12)));
    census.hopeless = census.hopeless || blocker.pid == 0 || (old && !plain_autovacuum);
    census.blockers.push_back(std::move(blocker));
  }
  return census;
}

}  // namespace lockstep::execution
