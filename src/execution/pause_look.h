#pragma once

#include <mutex>
#include <optional>

#include "lockstep/core/clock.h"
#include "lockstep/database/ledger.h"
#include "lockstep/execution/events.h"

namespace lockstep::execution {

/// Whether somebody has paused all runs, as one of the workers saw it a moment ago: however many
/// there are, and however small their steps, the ledger is asked about twice a second. Thread-safe.
class PauseLook {
 public:
  PauseLook(database::Ledger& ledger, core::Clock& clock, Events& events)
      : ledger_(ledger), clock_(clock), events_(events) {}

  /// Says once when a pause begins, and when it is over. Throws DatabaseError.
  std::optional<database::Pause> look(database::Session& session);

 private:
  database::Ledger& ledger_;
  core::Clock& clock_;
  Events& events_;
  std::mutex mutex_;
  std::optional<core::Clock::TimePoint> looked_;
  std::optional<database::Pause> seen_;
};

}  // namespace lockstep::execution
