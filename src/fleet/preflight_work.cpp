#include <algorithm>
#include <utility>

#include "admission.h"
#include "leftovers.h"
#include "lock_capacity.h"
#include "preflight.h"

// What there is to be allowed for, tenant by tenant (declared in preflight.h).

namespace lockstep::fleet {

std::vector<PreflightWork> work_of(const plan::Plan& plan) {
  std::vector<PreflightWork> works;
  for (const plan::Cohort& cohort : plan.cohorts) {
    PreflightWork work{cohort.tenants, {}};
    if (cohort.scope == core::Scope::kShared) {
      work.tenants = {std::string(database::kSharedTenant)};
    }
    for (const plan::Step& step : cohort.steps) {
      work.steps.push_back(&step);
    }
    works.push_back(std::move(work));
  }
  return works;
}

std::vector<PreflightWork> work_of(const Binding& binding) {
  const auto steps_of = [](const std::vector<execution::PlannedMigration>& planned) {
    std::vector<const plan::Step*> steps;
    for (const execution::PlannedMigration& migration : planned) {
      for (const plan::Step& step : *migration.steps) {
        steps.push_back(&step);
      }
    }
    return steps;
  };
  // Tenants of one cohort share their lists.
  std::map<std::vector<const plan::Step*>, std::vector<std::string>> by_steps;
  for (const Binding::Tenant& tenant : binding.tenants) {
    by_steps[steps_of(tenant.planned)].push_back(tenant.name);
  }
  std::vector<PreflightWork> works{
      {{std::string(database::kSharedTenant)}, steps_of(binding.shared)}};
  for (const auto& [steps, tenants] : by_steps) {
    works.push_back({tenants, steps});
  }
  return works;
}

namespace {

using StoredLists = std::map<std::string, std::vector<plan::Step>>;

std::vector<PreflightWork> work_of(const Survey& survey, const Files& files,
                                   const StoredLists& stored) {
  std::vector<PreflightWork> works;
  const auto add = [&](const database::Profile& profile) {
    PreflightWork work;
    for (const database::TenantMigration& row : profile.migrations) {
      const auto list = stored.find(row.step_list);
      if (row.over() || list == stored.end() || planned_anew(profile, row, files)) {
        continue;
      }
      for (const plan::Step& step : list->second) {
        work.steps.push_back(&step);
      }
    }
    for (const database::LedgerTenant& tenant : profile.tenants) {
      work.tenants.push_back(tenant.name);
    }
    works.push_back(std::move(work));
  };
  std::for_each(survey.profiles.begin(), survey.profiles.end(), add);
  add(survey.shared);
  return works;
}

}  // namespace

std::vector<PreflightFailure> preflight_of_all(const Ports& ports, database::Session& session,
                                               database::CatalogReader& catalog,
                                               const Survey& survey, const Files& files,
                                               std::vector<PreflightWork> planned,
                                               PhaseChoice phases) {
  const std::vector<std::string> lists = unfinished_lists(survey);
  const StoredLists stored =
      lists.empty() ? StoredLists{} : ports.ledger.step_lists(session, lists);
  const std::vector<PreflightWork> begun = work_of(survey, files, stored);
  planned.insert(planned.end(), begun.begin(), begun.end());
  std::vector<PreflightFailure> failures = preflight(ports, session, catalog, planned);
  const std::vector<PreflightFailure> crowded = beyond_lock_table(session, planned);
  failures.insert(failures.end(), crowded.begin(), crowded.end());
  const std::vector<PreflightFailure> left =
      leftovers(ports.ledger, session, survey, files, stored, phases);
  failures.insert(failures.end(), left.begin(), left.end());
  return failures;
}

}  // namespace lockstep::fleet
