#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

namespace lockstep::core {

/// Time and sleep behind one seam, so that tests own both. Implementations are safe to use from
/// several threads at once.
class Clock {
 public:
  using Duration = std::chrono::microseconds;
  using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

  virtual ~Clock() = default;

  /// Monotonic; for durations, deadlines and back-off. Never compared between processes: what
  /// several runners must agree on is asked of the server.
  virtual TimePoint now() const = 0;

  /// Returns true after `duration`, false as soon as `stop` is requested.
  [[nodiscard]] virtual bool sleep_for(Duration duration, const std::stop_token& stop) = 0;
};

/// The machine's clock.
std::unique_ptr<Clock> system_clock();

/// Gives numbers in [0, 1), for the jitter of retries. Called from one thread at a time.
using Jitter = std::function<double()>;

}  // namespace lockstep::core
