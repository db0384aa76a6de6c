#include "binding.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/error.h"
#include "planning.h"

namespace lockstep::fleet {

using core::MigrationId;
using core::Phase;
using core::Scope;
using execution::PlannedMigration;

namespace {

/// The steps of those migrations, one list each, in the plan's order. A migration without a step
/// for this cohort has an empty list: it is done as soon as it is begun.
std::vector<PlannedMigration> planned_of(const plan::Cohort& cohort,
                                         const std::vector<std::string>& pending,
                                         const plan::Plan& plan) {
  std::vector<PlannedMigration> all;
  for (const plan::PlannedMigration& migration : plan.migrations) {
    if (migration.scope != cohort.scope ||
        std::find(pending.begin(), pending.end(), migration.version) == pending.end()) {
      continue;
    }
    auto steps = std::make_shared<std::vector<plan::Step>>();
    PlannedMigration planned;
    planned.start.migration = migration.version;
    planned.start.checksum = migration.checksum;
    for (const plan::Step& step : cohort.steps) {
      if (step.migration == migration.version) {
        ++(step.phase == Phase::kExpand ? planned.start.expand_steps
                                        : planned.start.contract_steps);
        steps->push_back(step);
      }
    }
    planned.steps = std::move(steps);
    all.push_back(std::move(planned));
  }
  return all;
}

const plan::Cohort* shared_cohort(const plan::Plan& plan) {
  const auto found =
      std::find_if(plan.cohorts.begin(), plan.cohorts.end(),
                   [](const plan::Cohort& cohort) { return cohort.scope == Scope::kShared; });
  return found == plan.cohorts.end() ? nullptr : &*found;
}

void bind_shared(const plan::Plan& plan, const Survey& survey, const Files& files,
                 Binding& binding) {
  const plan::Cohort* cohort = shared_cohort(plan);
  if (cohort != nullptr) {
    binding.shared =
        planned_of(*cohort, progress_of(survey.shared, files, Scope::kShared).pending, plan);
  }
}

void restore_order(const Survey& survey, Binding& binding) {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < survey.tenants.size(); ++i) {
    place.emplace(survey.tenants[i], i);
  }
  std::sort(binding.tenants.begin(), binding.tenants.end(),
            [&](const auto& a, const auto& b) { return place.at(a.name) < place.at(b.name); });
}

std::map<std::string, Progress> progress_by_tenant(const Survey& survey, const Files& files) {
  std::map<std::string, Progress> all;
  for (const database::Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files, Scope::kTenant);
    for (const database::LedgerTenant& tenant : profile.tenants) {
      all.emplace(tenant.name, progress);
    }
  }
  return all;
}

// ---- a saved plan

void compare_database(const plan::Plan& plan, const plan::DatabaseIdentity& now,
                      core::Problems& changed) {
  if (plan.database.system_identifier != now.system_identifier || plan.database.name != now.name) {
    changed.push_back(
        {{},
         fmt::format("the plan was made for database {} of server {}, and this is {} of {}",
                     plan.database.name, plan.database.system_identifier, now.name,
                     now.system_identifier),
         "connect to that database, or make a plan for this one"});
  } else if (plan.database.server_version / 10000 != now.server_version / 10000) {
    changed.push_back(
        {{},
         fmt::format("the plan was made for PostgreSQL {}, and the server is {} now",
                     plan.database.server_version / 10000, now.server_version / 10000),
         "make the plan again"});
  }
}

void compare_files(const plan::Plan& plan, const Files& files, core::Problems& changed) {
  for (const plan::PlannedMigration& migration : plan.migrations) {
    const planner::Recognised* file = find_file(files, migration.version);
    if (file == nullptr) {
      changed.push_back({{migration.file, 0, 0},
                         fmt::format("{} is in the plan, and its file is gone", migration.file),
                         "bring the file back, or make the plan again"});
    } else if (file->migration->checksum != migration.checksum) {
      changed.push_back(
          {{file->migration->file, 0, 0},
           fmt::format("{} was edited after the plan was made: its checksum is {:.8}, and"
                       " {:.8} was planned",
                       file->migration->file, file->migration->checksum, migration.checksum),
           "make the plan again"});
    }
  }
}

std::vector<std::string> planned_tenants(const plan::Plan& plan) {
  std::vector<std::string> all;
  for (const plan::Cohort& cohort : plan.cohorts) {
    all.insert(all.end(), cohort.tenants.begin(), cohort.tenants.end());
  }
  for (const plan::RefusedTenants& refused : plan.refused) {
    all.insert(all.end(), refused.tenants.begin(), refused.tenants.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

void compare_tenants(const plan::Plan& plan, const Survey& survey, core::Problems& changed) {
  const std::vector<std::string> planned = planned_tenants(plan);
  std::vector<std::string> now = survey.tenants;
  std::sort(now.begin(), now.end());
  std::vector<std::string> gone;
  std::set_difference(planned.begin(), planned.end(), now.begin(), now.end(),
                      std::back_inserter(gone));
  if (!gone.empty()) {
    changed.push_back(
        {{},
         fmt::format("tenants of the plan are gone, or not selected: {}", fmt::join(gone, ", ")),
         "make the plan again, or leave --strict-tenants out"});
  }
  std::vector<std::string> added;
  std::set_difference(now.begin(), now.end(), planned.begin(), planned.end(),
                      std::back_inserter(added));
  if (!added.empty()) {
    changed.push_back({{},
                       fmt::format("tenants are not in the plan: {}", fmt::join(added, ", ")),
                       "make the plan again, or leave --strict-tenants out"});
  }
}

/// Which of the plan's migrations a tenant has not begun.
std::vector<std::string> pending_in_plan(const Progress& progress, const plan::Plan& plan) {
  std::vector<std::string> keys;
  for (const plan::PlannedMigration& migration : plan.migrations) {
    const MigrationId id = MigrationId::from_key(migration.version);
    if (migration.scope == Scope::kTenant &&
        std::any_of(progress.pending.begin(), progress.pending.end(),
                    [&](const std::string& key) { return MigrationId::from_key(key) == id; })) {
      keys.push_back(migration.version);
    }
  }
  return keys;
}

bool has_steps_of(const plan::Cohort& cohort, const std::string& migration) {
  return std::any_of(cohort.steps.begin(), cohort.steps.end(),
                     [&](const plan::Step& step) { return step.migration == migration; });
}

/// A cohort knows nothing of migrations that its own tenants had done when it was planned. A tenant
/// that joins may not skip one for that.
bool covers(const plan::Plan& plan, const plan::Cohort& cohort,
            const std::vector<std::string>& pending) {
  return std::all_of(pending.begin(), pending.end(), [&](const std::string& migration) {
    return has_steps_of(cohort, migration) ||
           std::none_of(plan.cohorts.begin(), plan.cohorts.end(), [&](const plan::Cohort& other) {
             return other.scope == Scope::kTenant && has_steps_of(other, migration);
           });
  });
}

/// The cohort with that structure whose steps are all still to do; of several the one with most
/// steps.
const plan::Cohort* cohort_for(const plan::Plan& plan, const std::string& tenant,
                               const std::string& fingerprint,
                               const std::vector<std::string>& pending) {
  const plan::Cohort* best = nullptr;
  for (const plan::Cohort& cohort : plan.cohorts) {
    const bool fits =
        cohort.scope == Scope::kTenant && cohort.fingerprint == fingerprint &&
        std::all_of(cohort.steps.begin(), cohort.steps.end(), [&](const plan::Step& step) {
          return std::find(pending.begin(), pending.end(), step.migration) != pending.end();
        });
    const bool planned =
        std::find(cohort.tenants.begin(), cohort.tenants.end(), tenant) != cohort.tenants.end();
    if (fits && (planned || covers(plan, cohort, pending)) &&
        (best == nullptr || best->steps.size() < cohort.steps.size())) {
      best = &cohort;
    }
  }
  return best;
}

class SavedBinding {
 public:
  SavedBinding(const plan::Plan& plan, const Survey& survey, const Files& files,
               database::CatalogReader& catalog, const FleetOptions& options)
      : plan_(plan), survey_(survey), files_(files), catalog_(catalog), options_(options) {}

  Binding run() {
    note_vanished();
    bind_shared(plan_, survey_, files_, binding_);
    std::map<std::set<std::string>, std::vector<std::string>> by_touched;
    progress_ = progress_by_tenant(survey_, files_);
    for (auto& [tenant, progress] : progress_) {
      progress.pending = pending_in_plan(progress, plan_);
      if (!progress.pending.empty() && progress.running.empty()) {
        by_touched[touched_by(progress)].push_back(tenant);
      }
    }
    for (const auto& [touched, tenants] : by_touched) {
      bind_tenants(touched, tenants);
    }
    restore_order(survey_, binding_);
    return std::move(binding_);
  }

 private:
  /// Whose schema is still there is only not selected by this run.
  void note_vanished() {
    std::vector<std::string> absent;
    for (const std::string& tenant : planned_tenants(plan_)) {
      if (std::find(survey_.tenants.begin(), survey_.tenants.end(), tenant) ==
          survey_.tenants.end()) {
        absent.push_back(tenant);
      }
    }
    if (absent.empty()) {
      return;
    }
    std::set<std::string> existing;
    for (const database::TenantSchema& schema : catalog_.existing(absent)) {
      existing.insert(schema.name);
    }
    for (const std::string& tenant : absent) {
      if (!existing.contains(tenant)) {
        binding_.vanished.push_back(tenant);
      }
    }
  }

  void bind_tenants(const std::set<std::string>& touched, const std::vector<std::string>& tenants) {
    const catalog::CatalogRequest request = request_of(files_, touched);
    const auto fingerprints =
        catalog_.fingerprints(tenants, options_.execution.shared_schemas, request);
    for (const std::string& tenant : tenants) {
      const auto fingerprint = fingerprints.find(tenant);
      if (fingerprint == fingerprints.end()) {
        binding_.vanished.push_back(tenant);
        continue;
      }
      const std::vector<std::string>& pending = progress_.at(tenant).pending;
      const plan::Cohort* cohort = cohort_for(plan_, tenant, fingerprint->second, pending);
      if (cohort == nullptr) {
        binding_.refused.push_back(refusal_of(tenant, fingerprints, request));
      } else {
        binding_.tenants.push_back({tenant, steps_for(*cohort, pending)});
      }
    }
  }

  /// Made once for all tenants of a cohort: they share the lists.
  const std::vector<PlannedMigration>& steps_for(const plan::Cohort& cohort,
                                                 const std::vector<std::string>& pending) {
    const auto key = std::pair{&cohort, pending};
    const auto known = steps_.find(key);
    return known != steps_.end()
               ? known->second
               : steps_.emplace(key, planned_of(cohort, pending, plan_)).first->second;
  }

  /// What the plan says of it, or what has changed since.
  plan::RefusedTenants refusal_of(const std::string& tenant,
                                  const std::map<std::string, std::string>& fingerprints,
                                  const catalog::CatalogRequest& request) {
    for (const plan::RefusedTenants& refused : plan_.refused) {
      if (std::find(refused.tenants.begin(), refused.tenants.end(), tenant) !=
          refused.tenants.end()) {
        return {{tenant}, refused.differs, refused.reasons};
      }
    }
    return {{tenant},
            {},
            {{{},
              what_changed(tenant, fingerprints, request),
              "undo what was changed there, or make the plan again"}}};
  }

  /// Compared with a tenant that still is as the plan knows it, where there is one.
  std::string what_changed(const std::string& tenant,
                           const std::map<std::string, std::string>& fingerprints,
                           const catalog::CatalogRequest& request) {
    for (const plan::Cohort& cohort : plan_.cohorts) {
      for (const std::string& peer : cohort.tenants) {
        const auto known = fingerprints.find(peer);
        if (known == fingerprints.end() || known->second != cohort.fingerprint) {
          continue;
        }
        const std::vector<std::string>& schemas = options_.execution.shared_schemas;
        const std::vector<std::string> differences = planner::describe_difference(
            catalog_.read(tenant, schemas, request), catalog_.read(peer, schemas, request));
        return fmt::format("its structure is not one of the plan's; compared with {}: {}", peer,
                           differences.empty() ? "differs in privileges, owner or order"
                                               : fmt::format("{}", fmt::join(differences, "; ")));
      }
    }
    return "its structure is not one of the plan's: it was changed after the plan was made";
  }

  const plan::Plan& plan_;
  const Survey& survey_;
  const Files& files_;
  database::CatalogReader& catalog_;
  const FleetOptions& options_;
  std::map<std::string, Progress> progress_;
  std::map<std::pair<const plan::Cohort*, std::vector<std::string>>, std::vector<PlannedMigration>>
      steps_;
  Binding binding_;
};

}  // namespace

Binding bind_fresh(const plan::Plan& plan, const Survey& survey, const Files& files) {
  Binding binding;
  bind_shared(plan, survey, files, binding);
  binding.refused = plan.refused;
  const std::map<std::string, Progress> progress = progress_by_tenant(survey, files);
  for (const plan::Cohort& cohort : plan.cohorts) {
    if (cohort.tenants.empty()) {
      continue;
    }
    const std::vector<PlannedMigration> planned =
        planned_of(cohort, progress.at(cohort.tenants.front()).pending, plan);
    for (const std::string& tenant : cohort.tenants) {
      binding.tenants.push_back({tenant, planned});
    }
  }
  restore_order(survey, binding);
  return binding;
}

void refuse_stale(const plan::Plan& plan, const plan::DatabaseIdentity& now, const Survey& survey,
                  const Files& files, bool strict_tenants) {
  core::Problems changed;
  compare_database(plan, now, changed);
  compare_files(plan, files, changed);
  if (strict_tenants) {
    compare_tenants(plan, survey, changed);
  }
  if (!changed.empty()) {
    throw core::Refused(std::move(changed));
  }
}

Binding bind_saved(const plan::Plan& plan, const Survey& survey, const Files& files,
                   database::CatalogReader& catalog, const FleetOptions& options) {
  return SavedBinding(plan, survey, files, catalog, options).run();
}

}  // namespace lockstep::fleet
