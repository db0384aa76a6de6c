#include "lockstep/report/preflight.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "layout.h"
#include "news.h"

namespace lockstep::report {

namespace {

using Group = std::vector<const fleet::PreflightFailure*>;

std::string whose(const Group& group) {
  const fleet::PreflightFailure& first = *group.front();
  if (first.step.empty()) {
    return "the ledger";
  }
  std::vector<std::string> tenants;
  for (const fleet::PreflightFailure* failure : group) {
    tenants.push_back(tenant_words(failure->tenant));
  }
  return fmt::format("{}, step {}", listed(tenants, 3), first.step);
}

std::string remedy(const Group& group, bool all) {
  std::vector<std::string> different{group.front()->remedy};
  for (const fleet::PreflightFailure* failure : group) {
    if (std::find(different.begin(), different.end(), failure->remedy) == different.end()) {
      different.push_back(failure->remedy);
    }
  }
  if (all) {
    return fmt::format("{}", fmt::join(different, ";  "));
  }
  return different.size() == 1
             ? different.front()
             : different.front() + fmt::format("; likewise in {} (--verbose prints them)",
                                               counted(different.size() - 1, "more tenant"));
}

}  // namespace

core::Problems preflight_problems(const std::vector<fleet::PreflightFailure>& failures, bool all) {
  std::vector<Group> groups;
  for (const fleet::PreflightFailure& failure : failures) {
    Group* group = nullptr;
    for (Group& known : groups) {
      if (known.front()->message == failure.message && known.front()->step == failure.step) {
        group = &known;
      }
    }
    if (group == nullptr) {
      group = &groups.emplace_back();
    }
    group->push_back(&failure);
  }
  core::Problems problems;
  for (const Group& group : groups) {
    problems.push_back({{}, whose(group) + ": " + group.front()->message, remedy(group, all)});
  }
  return problems;
}

std::string preflight_words(const std::vector<fleet::PreflightFailure>& failures,
                            std::size_t problems) {
  const bool rights = std::all_of(failures.begin(), failures.end(), [](const auto& failure) {
    return failure.sqlstate == core::sqlstate::kInsufficientPrivilege;
  });
  const bool one = problems == 1;
  return counted(problems, "thing") + (rights ? (one ? " is not permitted" : " are not permitted")
                                              : (one ? " stands in the way" : " stand in the way"));
}

}  // namespace lockstep::report
