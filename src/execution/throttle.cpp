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
    " where wal_status = 'unreserved'), '')";

}  // namespace

std::optional<std::string> throttle_reason(const StepContext& context) {
  const BackfillOptions& options = context.options.backfill;
  const database::Result signals = context.session->execute(kSignals);
  const std::int64_t lag = std::stoll(signals.at(0, 0));
  if (options.max_replica_lag.count() > 0 && lag > options.max_replica_lag.count()) {
    return fmt::format("a standby replays {} ms late, more than max_replica_lag, {} ms", lag,
                       options.max_replica_lag.count());
  }
  const int active = std::stoi(signals.at(0, 1));
  if (options.max_active_sessions > 0 && active > options.max_active_sessions) {
    return fmt::format("{} sessions are active, more than max_active_sessions, {}", active,
                       options.max_active_sessions);
  }
  if (!signals.at(0, 2).empty()) {
    return "replication slots are about to lose WAL: " + signals.at(0, 2);
  }
  if (!options.pause_when.empty() && context.session->execute(options.pause_when).as_bool()) {
    return std::string("the query pause_when says so");
  }
  return std::nullopt;
}

}  // namespace lockstep::execution
