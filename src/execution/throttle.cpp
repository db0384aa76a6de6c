#include "throttle.h"

#include <fmt/format.h>

namespace lockstep::execution {
namespace {

// Slots that are about to lose the WAL they need: backfills must not write more of it.
constexpr const char* kSignals =
    "select coalesce((select max(extract(epoch from replay_lag) * 1000) from pg_stat_replication"
    " where state = 'streaming'), 0)::bigint,"
    " (select count(*) from pg_stat_activity where state = 'active' and backend_type = 'client "
    "backend'"
    " and pid <> pg_backend_pid() and datname = current_database()),"
    " coalesce((select string_agg(slot_name::text, ', ') from pg_replication_slots"
    " where wal_status = 'unreserved'), ''),"
    // What a role without pg_read_all_stats sees of others: that they are there, and no more.
    " exists (select from pg_stat_replication where state is null),"
    " exists (select from pg_stat_activity where datname = current_database() and backend_type is "
    "null and usesysid is not null)";

Throttle blind(std::string_view what, std::string_view setting) {
  return {fmt::format("{} cannot be seen by this role, and backfill.{} asks to heed them", what,
                      setting),
          true};
}

}  // namespace

std::optional<Throttle> throttle(const StepContext& context) {
  const BackfillOptions& options = context.options.backfill;
  const database::Result signals = context.session->execute(kSignals);
  const std::int64_t lag = std::stoll(signals.at(0, 0));
  if (options.max_replica_lag.count() > 0) {
    if (signals.at(0, 3) == "t") {
      return blind("standbys", "max_replica_lag");
    }
    if (lag > options.max_replica_lag.count()) {
      return Throttle{fmt::format("a standby replays {} ms late, more than max_replica_lag, {} ms",
                                  lag, options.max_replica_lag.count())};
    }
  }
  const int active = std::stoi(signals.at(0, 1));
  if (options.max_active_sessions > 0) {
    if (signals.at(0, 4) == "t") {
      return blind("other roles' sessions", "max_active_sessions");
    }
    if (active > options.max_active_sessions) {
      return Throttle{fmt::format("{} sessions are active, more than max_active_sessions, {}",
                                  active, options.max_active_sessions)};
    }
  }
  if (!signals.at(0, 2).empty()) {
    return Throttle{"replication slots are about to lose WAL: " + signals.at(0, 2)};
  }
  if (!options.pause_when.empty() && context.session->execute(options.pause_when).as_bool()) {
    return Throttle{"the query pause_when says so"};
  }
  return std::nullopt;
}

}  // namespace lockstep::execution
