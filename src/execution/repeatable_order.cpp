#include "repeatable_order.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace lockstep::execution {
namespace {

using Object = std::tuple<std::string, plan::QualifiedName, std::string>;

struct Uses {
  std::set<Object> makes;
  std::set<Object> needs;
};

Uses uses_of(const std::vector<plan::Step>& steps) {
  Uses uses;
  for (const plan::Step& step : steps) {
    for (const plan::Touch& touch : step.touches) {
      const bool needed = touch.how == plan::Touch::How::kNeeds;
      (needed ? uses.needs : uses.makes).insert({touch.kind, touch.name, touch.sub_name});
    }
  }
  return uses;
}

bool comes_after(const Uses& one, const Uses& other) {
  return std::any_of(other.makes.begin(), other.makes.end(),
                     [&](const Object& object) { return one.needs.count(object) > 0; });
}

}  // namespace

std::vector<std::size_t> repeatable_order(const std::vector<StepList>& lists) {
  std::vector<Uses> uses;
  std::vector<std::size_t> left;
  for (const StepList& list : lists) {
    left.push_back(uses.size());
    uses.push_back(uses_of(*list));
  }
  std::vector<std::size_t> order;
  while (!left.empty()) {
    auto next = std::find_if(left.begin(), left.end(), [&](std::size_t one) {
      return std::none_of(left.begin(), left.end(), [&](std::size_t other) {
        return other != one && comes_after(uses[one], uses[other]);
      });
    });
    if (next == left.end()) {
      next = left.begin();
    }
    order.push_back(*next);
    left.erase(next);
  }
  return order;
}

}  // namespace lockstep::execution
