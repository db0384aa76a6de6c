#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apply.h"
#include "registration.h"

namespace lockstep::fleet {

using core::Phase;
using core::Scope;
using database::LedgerTenant;
using database::Profile;
using database::Session;
using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

namespace {

TenantWork resumed(const LedgerTenant& tenant, Phase phase) {
  TenantWork work;
  work.tenant = tenant;
  work.phase = phase;
  work.resumes = true;
  return work;
}

}  // namespace

/// Once each, also if the run goes over its tenants again.
void Apply::refuse(plan::RefusedTenants refused) {
  for (const plan::RefusedTenants& known : refused_) {
    std::erase_if(refused.tenants, [&](const std::string& tenant) {
      return std::find(known.tenants.begin(), known.tenants.end(), tenant) != known.tenants.end();
    });
  }
  if (!refused.tenants.empty()) {
    refused_.push_back(std::move(refused));
  }
}

void Apply::expand(const Survey& before, Binding binding) {
  if (finish_half_way(before)) {
    if (!going_on()) {
      return;
    }
    binding = bind(survey());  // those that are no longer half way may have more to begin
  }
  begin_planned(std::move(binding));
}

std::vector<TenantWork> Apply::resumed_in_order(const Survey& survey,
                                                const std::map<std::string, LedgerTenant>& tenants,
                                                Phase phase) {
  std::set<std::string> left_earlier;  // those of this run went on from expand a moment ago
  for (const auto& entry : tenants) {
    if (!tally_.ended.contains(entry.first)) {
      left_earlier.insert(entry.first);
    }
  }
  std::set<std::string> changed;
  if (!left_earlier.empty()) {
    for (plan::RefusedTenants& refused :
         control_.retrying([&](Session&session, database::CatalogReader&catalog) {
           return structures_.changed(session, catalog, survey, left_earlier);
         })) {
      changed.insert(refused.tenants.begin(), refused.tenants.end());
      refuse(std::move(refused));
    }
  }
  std::vector<TenantWork> works;
  for (const std::string& name : survey.tenants) {
    const auto found = tenants.find(name);
    if (found != tenants.end() && !changed.contains(name)) {
      works.push_back(resumed(found->second, phase));
    }
  }
  return works;
}

/// Tenants that began and have expand steps left go on with the steps that are stored for them.
/// False if there are none.
bool Apply::finish_half_way(const Survey& survey) {
  const bool shared = !progress_of(survey.shared, files_, Scope::kShared).running.empty();
  if (shared &&
      !run_shared(Phase::kExpand, resumed(survey.shared.tenants.front(), Phase::kExpand))) {
    return true;
  }
  std::map<std::string, LedgerTenant> half_way;
  for (const Profile& profile : survey.profiles) {
    if (!progress_of(profile, files_, Scope::kTenant).running.empty()) {
      for (const LedgerTenant& tenant : profile.tenants) {
        half_way.emplace(tenant.name, tenant);
      }
    }
  }
  std::vector<TenantWork> works = resumed_in_order(survey, half_way, Phase::kExpand);
  const bool any = !works.empty();
  if (any) {
    rollout_->run(Phase::kExpand, std::move(works), tally_);
  }
  return any || shared;
}

void Apply::begin_planned(Binding binding) {
  vanished_ = binding.vanished;
  for (plan::RefusedTenants& refused : binding.refused) {
    refuse(std::move(refused));
  }
  const auto known = control_.retrying([&](Session& session, database::CatalogReader&) {
    return register_binding(binding, ports_.ledger, session, files_);
  });
  const auto work_for = [&](const std::string& name,
                            std::vector<execution::PlannedMigration> planned) {
    TenantWork work;
    work.tenant = known.at(name);
    work.planned = std::move(planned);
    work.resumes = false;
    return work;
  };
  std::vector<TenantWork> works;
  std::size_t steps = 0;
  for (Binding::Tenant& tenant : binding.tenants) {
    if (!known.contains(tenant.name)) {
      vanished_.push_back(tenant.name);
      continue;
    }
    for (const execution::PlannedMigration& planned : tenant.planned) {
      steps += static_cast<std::size_t>(planned.start.expand_steps);
    }
    works.push_back(work_for(tenant.name, std::move(tenant.planned)));
  }
  ports_.events.on(execution::event::RunStarted{run_, works.size(), steps});
  const bool shared_done = binding.shared.empty() ||
                           run_shared(Phase::kExpand, work_for(std::string(database::kSharedTenant),
                                                               std::move(binding.shared)));
  if (shared_done && !works.empty()) {
    rollout_->run(Phase::kExpand, std::move(works), tally_);
  }
}

/// Alone, before or after all tenants. False: it did not get there, and tenants must not go on.
bool Apply::run_shared(Phase phase, TenantWork work) {
  work.phase = phase;
  std::vector<TenantWork> works;
  works.push_back(std::move(work));
  rollout_->run(phase, std::move(works), tally_);
  return tally_.reached(std::string(database::kSharedTenant));
}

void Apply::contract() {
  const Survey now = survey();
  std::map<std::string, LedgerTenant> expanded;
  for (const Profile& profile : now.profiles) {
    const Progress progress = progress_of(profile, files_, Scope::kTenant);
    if (progress.expanded.empty() || !progress.running.empty()) {
      continue;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      if (tally_.reached(tenant.name)) {
        expanded.emplace(tenant.name, tenant);
      }
    }
  }
  std::vector<TenantWork> works = resumed_in_order(now, expanded, Phase::kContract);
  if (!works.empty()) {
    rollout_->run(Phase::kContract, std::move(works), tally_);
  }
  if (!progress_of(now.shared, files_, Scope::kShared).expanded.empty() &&
      !stop_.finish.stop_requested()) {
    contract_shared();
  }
}

/// After every tenant, also those that this run did not select, has finished all earlier versions
/// (RULES.md 7).
void Apply::contract_shared() {
  FleetOptions everybody = options_;
  everybody.tenants.only.clear();
  const Survey now = control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return take_survey(ports_, everybody, session, catalog);
  });
  const std::vector<std::string> waiting = progress_of(now.shared, files_, Scope::kShared).expanded;
  if (waiting.empty()) {
    return;  // another run was faster
  }
  const core::MigrationId last = core::MigrationId::from_key(waiting.back());
  std::vector<std::string> behind;
  for (const Profile& profile : now.profiles) {
    const Progress progress = progress_of(profile, files_, Scope::kTenant);
    bool earlier = false;
    for (const auto* keys : {&progress.pending, &progress.running, &progress.expanded}) {
      earlier = earlier || std::any_of(keys->begin(), keys->end(), [&](const std::string& key) {
                  return core::MigrationId::from_key(key) < last;
                });
    }
    if (earlier) {
      for (const LedgerTenant& tenant : profile.tenants) {
        behind.push_back(tenant.name);
      }
    }
  }
  if (behind.empty()) {
    run_shared(Phase::kContract, resumed(now.shared.tenants.front(), Phase::kContract));
    return;
  }
  constexpr std::size_t kNamed = 5;
  const std::size_t named = std::min(behind.size(), kNamed);
  TenantResult result;
  result.outcome = TenantOutcome::kWaiting;
  result.why = fmt::format(
      "the contract of shared migrations {} waits for {} that {} earlier ones to finish: {}{}",
      fmt::join(waiting, ", "),
      behind.size() == 1 ? "a tenant" : fmt::format("{} tenants", behind.size()),
      behind.size() == 1 ? "has" : "have",
      fmt::join(behind.begin(), behind.begin() + static_cast<std::ptrdiff_t>(named), ", "),
      named < behind.size() ? ", ..." : "");
  result.failure.message = result.why;
  result.failure.hint = "bring them to the same version, then run it again";
  tally_.ended[std::string(database::kSharedTenant)] = result;
}

}  // namespace lockstep::fleet
