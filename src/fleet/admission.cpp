#include "admission.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/error.h"

namespace lockstep::fleet {

using core::Scope;
using database::MigrationState;
using database::Profile;

void refuse_bad_files(const Survey& survey, const Files& files, bool out_of_order) {
  core::Problems refusals = as_refusals(judge_files(survey, files, out_of_order));
  if (!refusals.empty()) {
    throw core::Refused(std::move(refusals));
  }
}

std::vector<std::string> unfinished_lists(const Survey& survey) {
  std::set<std::string> hashes;
  for (const Profile& profile : survey.profiles) {
    for (const database::TenantMigration& row : profile.migrations) {
      if (row.state == MigrationState::kRunning || row.state == MigrationState::kExpanded) {
        hashes.insert(row.step_list);
      }
    }
  }
  return {hashes.begin(), hashes.end()};
}

void refuse_irreversible(const plan::Plan& plan,
                         const std::map<std::string, std::vector<plan::Step>>& stored) {
  core::Problems reasons;
  std::set<std::string> told;
  const auto look = [&](const std::vector<plan::Step>& steps) {
    for (const plan::Step& step : steps) {
      if (step.irreversible && step.phase == core::Phase::kContract &&
          told.insert(step.id).second) {
        reasons.push_back(
            {{},
             fmt::format("step {} cannot be taken back: {}", step.id, step.title),
             "run lockstep apply --phase expand, deploy, then lockstep apply --phase contract;"
             " or both at once with --phase all"});
      }
    }
  };
  for (const plan::Cohort& cohort : plan.cohorts) {
    look(cohort.steps);
  }
  for (const auto& list : stored) {
    look(list.second);
  }
  if (!reasons.empty()) {
    throw core::Refused(std::move(reasons));
  }
}

Unexpanded unexpanded(const Survey& survey, const Files& files) {
  Unexpanded left;
  for (const Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files, Scope::kTenant);
    if (progress.pending.empty() && progress.running.empty()) {
      continue;
    }
    left.migrations.insert(progress.pending.begin(), progress.pending.end());
    left.migrations.insert(progress.running.begin(), progress.running.end());
    std::vector<std::string>& names = !progress.running.empty()   ? left.begun
                                      : progress.expanded.empty() ? left.pending
                                                                  : left.both;
    for (const database::LedgerTenant& tenant : profile.tenants) {
      names.push_back(tenant.name);
    }
  }
  return left;
}

bool anything_to_contract(const Survey& survey, const Files& files) {
  const auto ready = [&](const Profile& profile, Scope scope) {
    const Progress progress = progress_of(profile, files, scope);
    return progress.running.empty() && !progress.expanded.empty();
  };
  return ready(survey.shared, Scope::kShared) ||
         std::any_of(survey.profiles.begin(), survey.profiles.end(),
                     [&](const Profile& profile) { return ready(profile, Scope::kTenant); });
}

void refuse_contract(const std::vector<std::string>& tenants,
                     const std::set<std::string>& migrations) {
  constexpr std::size_t kNamed = 3;
  const auto end = tenants.begin() + static_cast<std::ptrdiff_t>(std::min(tenants.size(), kNamed));
  throw core::Refused(
      fmt::format("expand is not finished in {} tenant{} ({}{}): {}", tenants.size(),
                  tenants.size() == 1 ? "" : "s", fmt::join(tenants.begin(), end, ", "),
                  tenants.size() > kNamed ? ", ..." : "", fmt::join(migrations, ", ")),
      "run lockstep apply --phase expand first, or both phases with --phase all");
}

}  // namespace lockstep::fleet
