#include "retry_policy.h"

#include <algorithm>

namespace lockstep::execution {
namespace {

using std::chrono::milliseconds;

constexpr int kPauseFactor = 10;
constexpr milliseconds kLongestPause{60000};
constexpr milliseconds kShortestLook{1000};
constexpr milliseconds kLongestLook{5000};

milliseconds doubled(milliseconds base, int times, milliseconds cap) {
  for (; times > 0 && base < cap; --times) {
    base *= 2;
  }
  return std::min(base, cap);
}

milliseconds share(milliseconds whole, double part) {
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * part));
}

}  // namespace

milliseconds retry_delay(milliseconds lock_timeout, int attempt, double jitter) {
  const milliseconds floor = std::max(lock_timeout * kPauseFactor, milliseconds(1));
  const milliseconds ceiling = doubled(floor * 2, attempt - 1, std::max(kLongestPause, floor * 2));
  return floor + share(ceiling - floor, jitter);
}

milliseconds census_delay(int attempt, double jitter) {
  const milliseconds base = doubled(kShortestLook, attempt - 1, kLongestLook);
  return base / 2 + share(base / 2, jitter);
}

}  // namespace lockstep::execution
