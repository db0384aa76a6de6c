#include "retry_policy.h"

#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the pause is never less than ten lock timeouts, and grows to a minute") {
  const int attempt = GENERATE(1, 2, 5, 20, 1000);
  CHECK(retry_delay(50ms, attempt, 0.0) == 500ms);
  CHECK(retry_delay(50ms, attempt, 0.999) >= 500ms);
  CHECK(retry_delay(50ms, attempt, 0.999) <= 60s);
  CHECK(retry_delay(50ms, attempt + 1, 0.999) >= retry_delay(50ms, attempt, 0.999));
}

TEST_CASE("jitter spreads runners over the whole range") {
  CHECK(retry_delay(50ms, 3, 0.25) < retry_delay(50ms, 3, 0.75));
  CHECK(retry_delay(50ms, 20, 0.5) == 30250ms);
}

TEST_CASE("a lock timeout longer than the longest pause still gets its ten times") {
  CHECK(retry_delay(10s, 1, 0.0) == 100s);
}

TEST_CASE("a long holder is looked at every few seconds") {
  CHECK(census_delay(1, 0.0) == 500ms);
  CHECK(census_delay(1, 0.999) <= 1s);
  CHECK(census_delay(100, 0.999) <= 5s);
  CHECK(census_delay(100, 0.0) == 2500ms);
}

}  // namespace
}  // namespace lockstep::execution
