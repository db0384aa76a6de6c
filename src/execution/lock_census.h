#pragma once

#include <map>
#include <string>
#include <vector>

#include "lockstep/core/clock.h"
#include "lockstep/execution/events.h"
#include "lockstep/execution/options.h"
#include "lockstep/plan/step.h"
#include "render.h"

namespace lockstep::execution {

/// Who holds locks that conflict with ours, on the relations and their partitions. It reads
/// pg_locks, and queues for nothing. An empty answer means that nobody holds one for long, not that
/// nobody ever does.
struct LockCensus {
  std::vector<Blocker> blockers;
  /// A transaction older than LockOptions::long_transaction, a prepared one, or a vacuum that will
  /// not yield: queueing behind it would only stall the application.
  bool hopeless = false;
  /// A plain autovacuum, which yields to a waiter after deadlock_timeout (RULES.md 15).
  bool autovacuum = false;
  std::chrono::milliseconds autovacuum_yields{0};  ///< that, and a second more; 0: nobody asked
};

/// Whom the backend `pid` waits for right now, whatever for.
std::vector<Blocker> blockers_of(database::Session& session, int pid);

/// `seen` tells since when (until `now`) those were there whose age our role may not see.
LockCensus take_census(database::Session& session, const Renderer& render,
                       const std::vector<plan::LockClaim>& claims, const LockOptions& options,
                       const std::map<std::string, core::Clock::TimePoint>& seen,
                       core::Clock::TimePoint now);

}  // namespace lockstep::execution
