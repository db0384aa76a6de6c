#include "tests/support/fake_clock.h"

#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace lockstep::test {

core::Clock::TimePoint FakeClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

bool FakeClock::sleep_for(Duration duration, const std::stop_token& stop) {
  std::function<void()> action;
  {
    const std::lock_guard lock(mutex_);
    if (stop.stop_requested()) return false;
    sleeps_.push_back(duration);
    now_ += duration;
    action = on_sleep_;
  }
  if (action) action();
  return !stop.stop_requested();
}

void FakeClock::on_sleep(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  on_sleep_ = std::move(action);
}

void FakeClock::advance(Duration duration) {
  const std::lock_guard lock(mutex_);
  now_ += duration;
}

std::vector<core::Clock::Duration> FakeClock::sleeps() const {
  const std::lock_guard lock(mutex_);
  return sleeps_;
}

}  // namespace lockstep::test
