#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"

namespace lockstep::execution {

using std::chrono::milliseconds;

struct LockOptions {
  milliseconds lock_timeout{50};  ///< how long a strong lock request may queue
  milliseconds max_hold{100};     ///< how long a strong lock may then be held
  std::chrono::seconds give_up_after{600};
  std::int64_t direct_below = 8LL << 20;  ///< bytes; 0: never try the plain statement
  /// A transaction older than this that holds a conflicting lock is not queued for.
  milliseconds long_transaction{1000};
  /// How often a running concurrent build is looked at.
  milliseconds look_every{1000};
};

struct BackfillOptions {
  milliseconds batch_duration{50};
  std::int64_t max_rows_per_second = 0;  ///< 0: no cap
  milliseconds max_replica_lag{10000};   ///< 0: not looked at
  int max_active_sessions = 0;           ///< 0: not looked at
  std::string pause_when;                ///< a query; true pauses
  int max_unarchived = 42;               ///< segments of the log; more of them pause
  std::int64_t first_batch = 1000;
  std::int64_t max_batch = 20000;
};

struct ExecutionOptions {
  LockOptions locks;
  BackfillOptions backfill;
  std::vector<std::string> shared_schemas;  ///< after the tenant's on the search_path
  catalog::ServerVersion server;
};

}  // namespace lockstep::execution
