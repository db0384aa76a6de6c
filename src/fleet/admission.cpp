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

void refuse_bad_files(const Survey& survey, const Files& files, const Goal& goal,
                      bool out_of_order) {
  std::vector<FileVerdict> verdicts = judge_files(survey, files, out_of_order);
  std::erase_if(verdicts, [&](const FileVerdict& verdict) {
    return verdict.kind == FileVerdict::Kind::kOutOfOrder &&
           find_file(goal.files, verdict.migration) == nullptr;
  });
  core::Problems refusals = as_refusals(verdicts);
  if (!refusals.empty()) {
    throw core::Refused(std::move(refusals));
  }
}

bool nobody_for(const Survey& survey, const Goal& goal) {
  return survey.tenants.empty() &&
         std::any_of(goal.files.begin(), goal.files.end(), [](const planner::Recognised& file) {
           return file.migration->scope == Scope::kTenant;
         });
}

std::string why_nobody(const Goal& goal, const TenantSource& source) {
  const auto count = std::count_if(
      goal.files.begin(), goal.files.end(),
      [](const planner::Recognised& file) { return file.migration->scope == Scope::kTenant; });
  return fmt::format("{}, and {} for tenants", nobody_selected(source),
                     count == 1 ? "a migration is" : fmt::format("{} migrations are", count));
}

void refuse_nobody(const Survey& survey, const Goal& goal, const TenantSource& source) {
  if (nobody_for(survey, goal) &&
      reached(progress_of(survey.shared, goal, Scope::kShared), PhaseChoice::kExpand)) {
    throw core::InvalidInput(
        why_nobody(goal, source),
        "correct `tenants` in lockstep.yaml, or create the first tenant's schema");
  }
}

namespace {

/// Calls it with each profile and the shared scope, and the row of each migration that is half way.
template <typename Function>
void for_each_unfinished(const Survey& survey, const Function& function) {
  const auto look = [&](const Profile& profile) {
    for (const database::TenantMigration& row : profile.migrations) {
      if (row.state == MigrationState::kRunning || row.state == MigrationState::kExpanded) {
        function(profile, row);
      }
    }
  };
  std::for_each(survey.profiles.begin(), survey.profiles.end(), look);
  look(survey.shared);
}

}  // namespace

std::vector<std::string> unfinished_lists(const Survey& survey) {
  std::set<std::string> hashes;
  for_each_unfinished(survey, [&](const Profile&, const database::TenantMigration& row) {
    hashes.insert(row.step_list);
  });
  return {hashes.begin(), hashes.end()};
}

std::vector<plan::Step> unfinished_steps(database::Ledger& ledger, database::Session& session,
                                         const Survey& survey, const Goal& goal) {
  std::vector<plan::Step> steps;
  std::vector<database::TenantId> tenants;
  for_each_unfinished(survey, [&](const Profile& profile, const database::TenantMigration&) {
    for (const database::LedgerTenant& tenant : profile.tenants) {
      tenants.push_back(tenant.id);
    }
  });
  if (tenants.empty()) {
    return steps;
  }
  const auto lists = ledger.step_lists(session, unfinished_lists(survey));
  auto done = ledger.done_steps(session, tenants);
  std::set<std::pair<std::string, std::string>> told;  // of which list
  for_each_unfinished(survey, [&](const Profile& profile, const database::TenantMigration& row) {
    const auto list = lists.find(row.step_list);
    if (list == lists.end() || goal.leaves_out(row.migration) ||
        planned_anew(profile, row, goal.of_folder)) {
      return;
    }
    for (const plan::Step& step : list->second) {
      const bool left = std::any_of(
          profile.tenants.begin(), profile.tenants.end(),
          [&](const database::LedgerTenant& tenant) { return !done[tenant.id].contains(step.id); });
      if (left && told.emplace(row.step_list, step.id).second) {
        steps.push_back(step);
      }
    }
  });
  return steps;
}

void refuse_irreversible(const std::vector<plan::Step>& steps) {
  core::Problems reasons;
  std::set<std::string> told;
  for (const plan::Step& step : steps) {
    if (step.irreversible && step.phase == core::Phase::kContract && told.insert(step.id).second) {
      reasons.push_back(
          {{},
           fmt::format("step {} cannot be taken back: {}", step.id, step.title),
           "run lockstep apply --phase expand, deploy, then lockstep apply --phase contract;"
           " or both at once with --phase all"});
    }
  }
  if (!reasons.empty()) {
    throw core::Refused(std::move(reasons));
  }
}

std::vector<plan::Step> steps_to_begin(const plan::Plan& plan, const Survey& survey,
                                       const Goal& goal) {
  std::set<std::string> pending = progress_of(survey.shared, goal, Scope::kShared).pending_keys();
  for (const Profile& profile : survey.profiles) {
    pending.merge(progress_of(profile, goal, Scope::kTenant).pending_keys());
  }
  std::vector<plan::Step> steps;
  for (const plan::Cohort& cohort : plan.cohorts) {
    for (const plan::Step& step : cohort.steps) {
      const planner::Recognised* file = find_file(goal.files, step.migration);
      if (file != nullptr && pending.contains(file->migration->id.key())) {
        steps.push_back(step);
      }
    }
  }
  return steps;
}

Unexpanded unexpanded(const Survey& survey, const Goal& goal) {
  Unexpanded left;
  const auto look = [&](const Profile& profile, Scope scope) {
    const Progress progress = progress_of(profile, goal, scope);
    if (reached(progress, PhaseChoice::kExpand)) {
      return;
    }
    left.migrations.insert(progress.pending.begin(), progress.pending.end());
    left.migrations.insert(progress.running.begin(), progress.running.end());
    std::vector<std::string>& names = !progress.running.empty()   ? left.begun
                                      : progress.expanded.empty() ? left.pending
                                                                  : left.both;
    for (const database::LedgerTenant& tenant : profile.tenants) {
      names.push_back(tenant.name);
    }
  };
  for (const Profile& profile : survey.profiles) {
    look(profile, Scope::kTenant);
  }
  look(survey.shared, Scope::kShared);
  return left;
}

bool anything_to_contract(const Survey& survey, const Goal& goal) {
  const auto ready = [&](const Profile& profile, Scope scope) {
    const Progress progress = progress_of(profile, goal, scope);
    return progress.running.empty() && !reached(progress, PhaseChoice::kContract);
  };
  return ready(survey.shared, Scope::kShared) ||
         std::any_of(survey.profiles.begin(), survey.profiles.end(),
                     [&](const Profile& profile) { return ready(profile, Scope::kTenant); });
}

void refuse_contract(std::vector<std::string> tenants, const std::set<std::string>& migrations,
                     bool begun) {
  constexpr std::size_t kNamed = 10;
  const bool shared = std::erase(tenants, std::string(database::kSharedTenant)) > 0;
  const auto end = tenants.begin() + static_cast<std::ptrdiff_t>(std::min(tenants.size(), kNamed));
  const std::string of_tenants =
      fmt::format("{} tenant{} ({}{})", tenants.size(), tenants.size() == 1 ? "" : "s",
                  fmt::join(tenants.begin(), end, ", "), tenants.size() > kNamed ? ", ..." : "");
  throw core::Refused(
      fmt::format("expand {} in {}{}{}: {}",
                  begun ? "was begun and is not finished" : "is not finished",
                  shared ? "the shared scope" : "", shared && !tenants.empty() ? " and " : "",
                  tenants.empty() ? "" : of_tenants, fmt::join(migrations, ", ")),
      begun
          ? "lockstep apply --phase expand goes on with it where it stopped; nobody's contract runs"
            " before that"
          : "run lockstep apply --phase expand first, or both phases with --phase all");
}

}  // namespace lockstep::fleet
