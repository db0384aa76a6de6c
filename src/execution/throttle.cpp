#include "throttle.h"

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace lockstep::execution {
namespace {

/// The columns of kSignals, in order.
enum Signal : std::size_t { kLag, kActive, kSlots, kUnarchived, kHiddenStandbys, kHiddenSessions };

// A standby that is catching up is late, however quickly it replays what it gets. Slots for which
// the server keeps more log than max_wal_size fill its disk. The number of a segment is in its
// name: two words of 8 digits after the timeline's, the second counted within 4 GB. What waits to
// be archived begins behind the last that was, or with the first, which is tried again and again. A
// role without pg_read_all_stats sees of others that they are there, and no more.
constexpr std::int64_t kCatchingUp = 1'000'000'000;
constexpr const char* kSignals = R"sql(
select coalesce((select max(case when state = 'catchup' then 1e9
                                 else extract(epoch from replay_lag) * 1000 end)
                   from pg_stat_replication where state in ('streaming', 'catchup')), 0)::bigint,
       (select count(*) from pg_stat_activity
         where state = 'active' and backend_type = 'client backend'
           and pid <> pg_backend_pid() and datname = current_database()),
       coalesce((select string_agg(format('%s keeps %s', slot_name,
                                          pg_size_pretty(pg_current_wal_lsn() - restart_lsn)),
                                   ', ' order by slot_name)
                   from pg_replication_slots where wal_status in ('extended', 'unreserved')), ''),
       coalesce((select div(pg_current_wal_lsn() - '0/0'::pg_lsn, size)
                        - ('x' || substr(name, 9, 8))::bit(32)::bigint * (4294967296 / size)
                        - ('x' || substr(name, 17, 8))::bit(32)::bigint
                        - case when done then 1 else 0 end
                   from (select coalesce(last_archived_wal, last_failed_wal) as name,
                                last_archived_wal is not null as done,
                                pg_size_bytes(current_setting('wal_segment_size')) as size
                           from pg_stat_archiver) as last
                  where name ~ '^[0-9A-F]{24}' and current_setting('archive_mode') <> 'off'),
                0)::bigint,
       exists (select from pg_stat_replication where state is null),
       exists (select from pg_stat_activity where datname = current_database()
                  and backend_type is null and usesysid is not null)
)sql";

Throttle blind(std::string_view what, std::string_view setting) {
  return {fmt::format("{} cannot be seen by this role, and backfill.{} asks to heed them", what,
                      setting),
          true};
}

/// Whoever is to get what is written, and is late with it.
std::optional<Throttle> log_is_behind(const database::Result& signals,
                                      const BackfillOptions& options) {
  if (options.max_replica_lag.count() > 0) {
    if (signals.at(0, kHiddenStandbys) == "t") {
      return blind("standbys", "max_replica_lag");
    }
    const std::int64_t lag = std::stoll(signals.at(0, kLag));
    if (lag > options.max_replica_lag.count()) {
      return Throttle{
          fmt::format("a standby replays late ({}), and max_replica_lag is {} ms",
                      lag >= kCatchingUp ? "it is catching up" : fmt::format("{} ms", lag),
                      options.max_replica_lag.count())};
    }
  }
  if (!signals.at(0, kSlots).empty()) {
    return Throttle{
        fmt::format("replication slots hold more log than max_wal_size: {}; see what their readers"
                    " do, or drop those that nobody reads (pg_drop_replication_slot)",
                    signals.at(0, kSlots))};
  }
  const std::int64_t unarchived = std::stoll(signals.at(0, kUnarchived));
  if (unarchived > options.max_unarchived) {
    return Throttle{
        fmt::format("{} segments of the log wait to be archived, more than {}; see"
                    " pg_stat_archiver and the server's log",
                    unarchived, options.max_unarchived)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Throttle> throttle(database::Session& session, const BackfillOptions& options) {
  const database::Result signals = session.execute(kSignals);
  if (std::optional<Throttle> behind = log_is_behind(signals, options)) {
    return behind;
  }
  const int active = std::stoi(signals.at(0, kActive));
  if (options.max_active_sessions > 0) {
    if (signals.at(0, kHiddenSessions) == "t") {
      return blind("other roles' sessions", "max_active_sessions");
    }
    if (active > options.max_active_sessions) {
      return Throttle{fmt::format("{} sessions are active, more than max_active_sessions, {}",
                                  active, options.max_active_sessions)};
    }
  }
  if (!options.pause_when.empty() && session.execute(options.pause_when).as_bool()) {
    return Throttle{"the query pause_when says so"};
  }
  return std::nullopt;
}

}  // namespace lockstep::execution
