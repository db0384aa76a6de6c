#include "lockstep/text/nearest.h"

#include "tests/support/catch.h"

using lockstep::text::join_words;
using lockstep::text::nearest;
using lockstep::text::suggestion;

TEST_CASE("the nearest word is the one that was meant") {
  const std::vector<std::string> words{"lock_timeout", "max_hold", "give_up_after", "jobs"};
  CHECK(nearest("lock_timout", words) == "lock_timeout");
  CHECK(nearest("lock-timeout", words) == "lock_timeout");
  CHECK(nearest("MAX_HOLD", words) == "max_hold");
  CHECK(nearest("jbos", words) == "jobs");
  CHECK_FALSE(nearest("colour", words));
  CHECK_FALSE(nearest("x", {"y"}));
}

TEST_CASE("without a near word the known ones are listed") {
  CHECK(suggestion("phse", {"phase", "scope"}) == "did you mean \"phase\"?");
  CHECK(suggestion("colour", {"scope", "phase", "allow"}) == "known are allow, phase and scope");
  CHECK(suggestion("colour", {"scope"}) == "known is only scope");
  CHECK(join_words({"a", "b", "c"}) == "a, b and c");
}
