#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "lockstep/core/clock.h"
#include "lockstep/execution/events.h"
#include "lockstep/report/log.h"

namespace lockstep::report {

/// How much of the news is told.
enum class Detail {
  kQuiet,    ///< failures only
  kNormal,   ///< waves, tenants, failures, waits
  kVerbose,  ///< also every step
};

struct LiveOptions {
  /// Columns that lines may take, one less than the terminal has; asked before each drawing.
  std::function<std::size_t()> width;
  std::function<std::size_t()> height;  ///< rows of the terminal; none: enough
  bool colour = false;
  Detail detail = Detail::kNormal;
  /// A thread of its own redraws, so that times go on while nothing happens. Tests do without.
  bool ticks = true;
};

/// A live display for a terminal: an overall bar with an estimate, below it a line for each tenant
/// in work; failures and notices stay above it. Until it is destroyed, which removes the bar.
/// `clock` outlives it.
std::unique_ptr<execution::Events> live_display(Writer writer, core::Clock& clock,
                                                LiveOptions options);

/// A log line for each piece of news; repeated waits and progress only now and then.
/// `log` outlives it.
std::unique_ptr<execution::Events> event_log(Log& log, Detail detail);

}  // namespace lockstep::report
