#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/execution/events.h"

namespace lockstep::test {

/// Keeps every event.
class RecordedEvents final : public execution::Events {
 public:
  void on(const execution::Event& event) override {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    }
    if (action_) {
      action_(event);
    }
  }

  /// What happens elsewhere at that moment: called with each event, without locks, on the thread
  /// that reports it. Set it while nothing runs.
  void meanwhile(std::function<void(const execution::Event&)> action) {
    action_ = std::move(action);
  }

  template <typename Kind>
  std::vector<Kind> of() const {
    const std::lock_guard lock(mutex_);
    std::vector<Kind> found;
    for (const execution::Event& event : events_) {
      if (const auto* kind = std::get_if<Kind>(&event)) {
        found.push_back(*kind);
      }
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<execution::Event> events_;
  std::function<void(const execution::Event&)> action_;
};

}  // namespace lockstep::test
