#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

#include "lockstep/core/clock.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace std::chrono_literals;
using lockstep::core::Clock;
using lockstep::core::system_clock;
using lockstep::test::FakeClock;

TEST_CASE("the system's clock sleeps for at least what was asked") {
  const auto clock = system_clock();
  const auto begin = clock->now();
  CHECK(clock->sleep_for(2ms, std::stop_token()));
  CHECK(clock->now() - begin >= 2ms);
}

TEST_CASE("a sleep of nothing, or of less, is over at once") {
  const auto clock = system_clock();
  CHECK(clock->sleep_for(0ms, std::stop_token()));
  CHECK(clock->sleep_for(-1h, std::stop_token()));
}

TEST_CASE("a requested stop forbids every sleep") {
  const auto clock = system_clock();
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(clock->sleep_for(1h, stop.get_token()));
  CHECK_FALSE(clock->sleep_for(0ms, stop.get_token()));
}

TEST_CASE("a stop requested by another thread ends even the longest sleep") {
  const auto clock = system_clock();
  std::stop_source stop;
  std::jthread other([&stop] { stop.request_stop(); });
  CHECK_FALSE(clock->sleep_for(Clock::Duration::max(), stop.get_token()));
}

TEST_CASE("a fake clock advances when slept on and records it") {
  FakeClock clock;
  const auto begin = clock.now();
  CHECK(clock.sleep_for(5s, std::stop_token()));
  CHECK(clock.sleep_for(1ms, std::stop_token()));
  clock.advance(10s);
  CHECK(clock.now() - begin == 15'001ms);
  CHECK(clock.sleeps() == std::vector<Clock::Duration>{5s, 1ms});
}

TEST_CASE("a fake clock can be stopped while slept on") {
  FakeClock clock;
  std::stop_source stop;
  clock.on_sleep([&stop] { stop.request_stop(); });
  CHECK_FALSE(clock.sleep_for(5s, stop.get_token()));
  CHECK_FALSE(clock.sleep_for(7s, stop.get_token()));
  CHECK(clock.sleeps() == std::vector<Clock::Duration>{5s});
}

TEST_CASE("a fake clock loses no sleep of several threads") {
  FakeClock clock;
  const auto begin = clock.now();
  {
    const auto sleep_often = [&clock] {
      for (int i = 0; i < 500; ++i) static_cast<void>(clock.sleep_for(1ms, std::stop_token()));
    };
    const std::jthread one(sleep_often);
    const std::jthread other(sleep_often);
  }
  CHECK(clock.sleeps().size() == 1000);
  CHECK(clock.now() - begin == 1s);
}
