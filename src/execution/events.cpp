#include "lockstep/execution/events.h"

#include <fmt/format.h>

#include "lockstep/sql/quote.h"

namespace lockstep::execution {

std::string to_string(const Blocker& blocker) {
  const std::string who =
      blocker.pid == 0 ? "a prepared transaction"
                       : fmt::format("pid {} ({})", blocker.pid,
                                     blocker.application_name.empty() ? "no application_name"
                                                                      : blocker.application_name);
  const std::string what = blocker.relation.empty()
                               ? std::string()
                               : fmt::format(" holds {} on {}", blocker.mode, blocker.relation);
  return fmt::format("{} {} for {:.0f} s{}: {}", who,
                     blocker.state.empty() ? "unknown" : blocker.state, blocker.age_seconds, what,
                     blocker.query);
}

std::string remedy_against(const Blocker& blocker) {
  if (blocker.pid == 0) {
    return blocker.query.empty()
               ? "to end it: ROLLBACK PREPARED, or COMMIT PREPARED, its name in pg_prepared_xacts"
               : fmt::format("to end it: ROLLBACK PREPARED {0}; or COMMIT PREPARED {0}",
                             sql::quote_literal(blocker.query));
  }
  const std::string terminate =
      fmt::format("to end that session: select pg_terminate_backend({})", blocker.pid);
  const bool runs = blocker.state == "active" || blocker.state == "autovacuum";
  return runs ? fmt::format("to cancel what runs there: select pg_cancel_backend({}); {}",
                            blocker.pid, terminate)
              : terminate;  // where nothing runs there is nothing to cancel
}

std::string_view to_string(TenantOutcome outcome) noexcept {
  switch (outcome) {
    case TenantOutcome::kDone:
      return "done";
    case TenantOutcome::kFailed:
      return "failed";
    case TenantOutcome::kBlocked:
      return "blocked";
    case TenantOutcome::kStuck:
      return "stuck";
    case TenantOutcome::kBusy:
      return "busy";
    case TenantOutcome::kSkipped:
      return "skipped";
    case TenantOutcome::kPaused:
      return "paused";
    case TenantOutcome::kWaiting:
      return "waiting";
    case TenantOutcome::kInterrupted:
      return "interrupted";
    case TenantOutcome::kRefused:
      break;
  }
  return "refused";
}

}  // namespace lockstep::execution
