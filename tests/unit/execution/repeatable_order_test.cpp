#include "repeatable_order.h"

#include "tests/integration/executor/hand_made_steps.h"
#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

/// A repeatable that makes a view and reads others.
StepList view(const std::string& name, const std::vector<std::string>& reads = {}) {
  plan::Step step = test::create("R:" + name, 1, "");
  step.touches.push_back({plan::Touch::How::kCreates, "relation", test::in_tenant(name), ""});
  for (const std::string& read : reads) {
    step.touches.push_back({plan::Touch::How::kNeeds, "relation", test::in_tenant(read), ""});
  }
  return std::make_shared<const std::vector<plan::Step>>(std::vector<plan::Step>{step});
}

using Order = std::vector<std::size_t>;

TEST_CASE("what a repeatable reads comes before it") {
  CHECK(repeatable_order({view("alpha", {"zeta"}), view("zeta")}) == Order{1, 0});
  CHECK(repeatable_order({view("a", {"b"}), view("b", {"c"}), view("c")}) == Order{2, 1, 0});
}

TEST_CASE("otherwise the given order stays, in a circle too") {
  CHECK(repeatable_order({}).empty());
  CHECK(repeatable_order({view("zeta"), view("alpha"), view("m", {"users"})}) == Order{0, 1, 2});
  CHECK(repeatable_order({view("a", {"b"}), view("b", {"a"}), view("c", {"c"})}) == Order{2, 0, 1});
}

}  // namespace
}  // namespace lockstep::execution
