#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "lockstep/core/clock.h"
#include "lockstep/execution/events.h"

namespace lockstep::report {

/// What a live display shows, gathered from events. Not thread-safe.
class LiveState {
 public:
  using TimePoint = core::Clock::TimePoint;

  explicit LiveState(TimePoint start) : start_(start) {}

  void take(const execution::Event& event, TimePoint now);

  /// The bar's line, then a line for each tenant in work (at most `most`), none wider than `width`.
  std::vector<std::string> lines(TimePoint now, std::size_t width, std::size_t most) const;

 private:
  struct Work {
    std::string step;
    std::string title;
    std::string kind;
    TimePoint since{};
    double rows = 0;
    double rows_at_start = 0;  ///< when this run took the step up
    bool rows_seen = false;
    double estimated_rows = 0;
    std::string waits;  ///< why, while it waits
  };

  std::string overall(TimePoint now, std::size_t width) const;
  static std::string line_of(const std::string& tenant, const Work& work, TimePoint now,
                             std::size_t width);
  /// ", 120 k of 300 k rows, 91 k rows/s": how far it is, or what it waits for.
  static std::string standing_of(const Work& work, TimePoint now);
  double seconds_left(TimePoint now) const;
  static double step_seconds_left(const Work& work, TimePoint now);

  TimePoint start_;
  std::string phase_;
  std::string wave_;
  std::size_t tenants_ = 0;
  std::size_t tenants_done_ = 0;
  std::size_t tenants_troubled_ = 0;
  std::size_t steps_ = 0;
  std::size_t steps_done_ = 0;
  std::map<std::string, Work> working_;

  struct Taker;
};

}  // namespace lockstep::report
