#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "lockstep/core/clock.h"

namespace lockstep::test {

/// A clock that stands still until somebody sleeps on it or a test advances it. Sleeping takes no
/// real time. Safe to use from several threads.
class FakeClock final : public core::Clock {
 public:
  TimePoint now() const override;

  /// Advances by `duration` and records it, unless `stop` is already requested; then does what
  /// on_sleep() was given. False if that requested `stop`.
  [[nodiscard]] bool sleep_for(Duration duration, const std::stop_token& stop) override;

  void advance(Duration duration);

  /// What happens elsewhere while somebody sleeps here: called after each sleep, without locks.
  void on_sleep(std::function<void()> action);

  /// Every sleep so far, in the order in which they began.
  std::vector<Duration> sleeps() const;

 private:
  mutable std::mutex mutex_;
  TimePoint now_{};
  std::vector<Duration> sleeps_;
  std::function<void()> on_sleep_;
};

}  // namespace lockstep::test
