#include "shown.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lockstep/core/error.h"

namespace lockstep::fleet {
namespace {

std::set<std::string> step_lists(const plan::Plan& plan, core::Scope scope) {
  std::set<std::string> lists;
  for (const plan::Cohort& cohort : plan.cohorts) {
    if (cohort.scope == scope) {
      lists.insert(plan::steps_to_json(cohort.steps));
    }
  }
  return lists;
}

}  // namespace

void keep_to_shown(const plan::Plan& shown, plan::Plan& fresh) {
  const auto shared = step_lists(fresh, core::Scope::kShared);
  if (!shared.empty() && shared != step_lists(shown, core::Scope::kShared)) {
    throw core::Refused(
        "the shared schemas were changed after the plan was shown, and other steps are needed now",
        "run it again and look at the new plan");
  }
  const std::set<std::string> agreed = step_lists(shown, core::Scope::kTenant);
  const auto others = std::stable_partition(
      fresh.cohorts.begin(), fresh.cohorts.end(), [&](const plan::Cohort& cohort) {
        return cohort.scope == core::Scope::kShared ||
               agreed.count(plan::steps_to_json(cohort.steps)) > 0;
      });
  for (auto cohort = others; cohort != fresh.cohorts.end(); ++cohort) {
    plan::RefusedTenants refused;
    refused.tenants = std::move(cohort->tenants);
    refused.reasons = {{{},
                        "other steps are needed there than those that were shown: it was changed,"
                        " or has joined, meanwhile",
                        "run it again and look at the new plan"}};
    fresh.refused.push_back(std::move(refused));
  }
  fresh.cohorts.erase(others, fresh.cohorts.end());
}

}  // namespace lockstep::fleet
