#include "patience.h"

#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a step that waits gives up when its time is over, not a pause later") {
  LockOptions locks;
  locks.give_up_after = 8s;
  const auto reason = GENERATE(Busy::Why::kLock, Busy::Why::kLongHolder, Busy::Why::kThrottle,
                               Busy::Why::kElsewhere);
  const double jitter = GENERATE(0.0, 0.5, 0.999);
  const core::Clock::TimePoint begun{};
  core::Clock::TimePoint now = begun;
  std::optional<TenantWork::Waiting> waiting;
  while (const auto pause = wait_again(waiting, "0001.1", {reason, "", {}}, locks, now, jitter)) {
    CHECK(*pause > 0ms);
    now += *pause;
    REQUIRE(now <= begun + 8s);
  }
  CHECK(now == begun + 8s);
}

TEST_CASE("an attempt takes time, too: what is left of a millisecond is slept as a whole one") {
  LockOptions locks;
  locks.give_up_after = 8s;
  std::optional<TenantWork::Waiting> waiting;
  REQUIRE(wait_again(waiting, "0001.1", {}, locks, {}, 0.5));
  const core::Clock::TimePoint late{8s - 300us};
  CHECK(wait_again(waiting, "0001.1", {}, locks, late, 0.5) == 1ms);
}

}  // namespace
}  // namespace lockstep::execution
