#include "lockstep/core/clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>

namespace lockstep::core {

namespace {

/// A deadline that no clock's representation overflows; nobody sleeps longer in one go.
constexpr Clock::Duration kLongestSleep = std::chrono::hours(24 * 365);

class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
  }

  bool sleep_for(Duration duration, const std::stop_token& stop) override {
    // Nobody notifies: the condition variable is there because it wakes up at a stop request.
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, std::min(duration, kLongestSleep), [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

std::unique_ptr<Clock> system_clock() {
  return std::make_unique<SystemClock>();
}

}  // namespace lockstep::core
