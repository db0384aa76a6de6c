#include "lockstep/fleet/rollout_policy.h"
#include "tests/support/catch.h"

namespace lockstep::fleet {
namespace {

using Names = std::vector<std::string>;

Names numbered(int count) {
  Names names;
  for (int i = 1; i <= count; ++i) {
    names.push_back("t" + std::to_string(i));
  }
  return names;
}

TEST_CASE("without rules there is one wave, in order") {
  const std::vector<Wave> waves = make_waves({"b", "a"}, {});
  REQUIRE(waves.size() == 1);
  CHECK(waves[0].name == "rest");
  CHECK(waves[0].tenants == Names{"b", "a"});
}

TEST_CASE("names first, then a share of all, then the rest") {
  const std::vector<Wave> waves =
      make_waves(numbered(11), {{"canary", {"t5"}, 0}, {"early", {}, 10}, {"rest", {}, 0}});
  REQUIRE(waves.size() == 3);
  CHECK(waves[0].tenants == Names{"t5"});
  CHECK(waves[1].tenants == Names{"t1", "t2"});  // 10 % of 11, rounded up
  CHECK(waves[2].tenants == Names{"t3", "t4", "t6", "t7", "t8", "t9", "t10", "t11"});
}

TEST_CASE("those that no rule takes come last, and a wave without tenants is none") {
  const std::vector<Wave> waves =
      make_waves({"acme", "globex"}, {{"canary", {"nobody*"}, 0}, {"eu", {"g*"}, 0}});
  REQUIRE(waves.size() == 2);
  CHECK(waves[0].name == "eu");
  CHECK(waves[1].name == "rest");
  CHECK(waves[1].tenants == Names{"acme"});
}

}  // namespace
}  // namespace lockstep::fleet
