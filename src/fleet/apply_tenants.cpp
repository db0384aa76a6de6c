#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "admission.h"
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

TenantWork resumed(const LedgerTenant& tenant, Phase phase, std::set<std::string> left_out) {
  TenantWork work;
  work.tenant = tenant;
  work.left_out = std::move(left_out);
  work.phase = phase;
  work.resumes = true;
  return work;
}

std::size_t steps_of(const std::vector<execution::PlannedMigration>& planned, bool contract_too) {
  std::size_t steps = 0;
  for (const execution::PlannedMigration& migration : planned) {
    steps += static_cast<std::size_t>(migration.start.expand_steps);
    steps += contract_too ? static_cast<std::size_t>(migration.start.contract_steps) : 0;
  }
  return steps;
}

}  // namespace

/// Once each, also if the run goes over its tenants again.
void Apply::refuse(plan::RefusedTenants refused) {
  tally_.refused.insert(refused.tenants.begin(), refused.tenants.end());
  for (const plan::RefusedTenants& known : refused_) {
    std::erase_if(refused.tenants, [&](const std::string& tenant) {
      return std::find(known.tenants.begin(), known.tenants.end(), tenant) != known.tenants.end();
    });
  }
  if (!refused.tenants.empty()) {
    refused_.push_back(std::move(refused));
  }
}

Apply::Left Apply::left_to_expand() const {
  Left left{short_of(PhaseChoice::kExpand, now_, goal_), tally_.steps_done};
  std::erase_if(left.tenants, [&](const std::string& name) { return tally_.kept_back(name); });
  return left;
}

/// Rounds of looking where everybody stands and going on from there, until all are through or
/// nobody comes further: other runs begin and finish tenants meanwhile.
void Apply::expand(std::optional<Binding> binding) {
  std::optional<Left> before;
  while (going_on()) {
    Left left = left_to_expand();
    if (left.tenants.empty() || left == before) {
      return;
    }
    before = std::move(left);
    if (!finish_half_way()) {
      begin_planned(binding ? std::move(*binding) : bind());
    }
    binding.reset();  // those that are no longer half way may have more to begin
    now_ = survey();
  }
}

std::vector<TenantWork> Apply::resumed_in_order(const std::set<std::string>& names, Phase phase) {
  std::set<std::string> left_earlier;  // those of this run went on from expand a moment ago
  for (const std::string& name : names) {
    if (!tally_.ended.contains(name)) {
      left_earlier.insert(name);
    }
  }
  if (!left_earlier.empty()) {
    for (plan::RefusedTenants& refused :
         control_.retrying([&](Session&session, database::CatalogReader&catalog) {
           return structures_.changed(session, catalog, now_, left_earlier);
         })) {
      changed_.insert(refused.tenants.begin(), refused.tenants.end());
      refuse(std::move(refused));
    }
  }
  std::map<std::string, TenantWork> known;
  for (const Profile& profile : now_.profiles) {
    for (const LedgerTenant& tenant : profile.tenants) {
      if (names.contains(tenant.name) && !changed_.contains(tenant.name)) {
        known.emplace(tenant.name, resumed(tenant, phase, left_out(profile, goal_)));
      }
    }
  }
  std::vector<TenantWork> works;
  for (const std::string& name : now_.tenants) {
    if (const auto work = known.find(name); work != known.end()) {
      works.push_back(std::move(work->second));
    }
  }
  return works;
}

void Apply::run_waves(Phase phase, std::vector<TenantWork> works) {
  rollout_->run(phase, std::move(works), make_waves(now_.tenants, options_.rollout.waves), tally_);
}

/// Tenants that began and have expand steps left go on with the steps that are stored for them.
/// False if there are none.
bool Apply::finish_half_way() {
  const bool shared = !progress_of(now_.shared, goal_, Scope::kShared).running.empty();
  if (shared && !run_shared(Phase::kExpand, resumed(now_.shared.tenants.front(), Phase::kExpand,
                                                    left_out(now_.shared, goal_)))) {
    return true;
  }
  std::set<std::string> half_way;
  for (const Profile& profile : now_.profiles) {
    if (!progress_of(profile, goal_, Scope::kTenant).running.empty()) {
      for (const LedgerTenant& tenant : profile.tenants) {
        if (!tally_.kept_back(tenant.name)) {
          half_way.insert(tenant.name);
        }
      }
    }
  }
  std::vector<TenantWork> works = resumed_in_order(half_way, Phase::kExpand);
  const bool any = !works.empty();
  if (any) {
    run_waves(Phase::kExpand, std::move(works));
  }
  return any || shared;
}

/// By the names of tenants: what stays with others, or is void. Only of those who have any.
std::map<std::string, std::set<std::string>> Apply::left_out_by_name() const {
  std::map<std::string, std::set<std::string>> all;
  const auto add = [&](const Profile& profile) {
    const std::set<std::string> keys = left_out(profile, goal_);
    for (const LedgerTenant& tenant : profile.tenants) {
      if (!keys.empty()) {
        all.emplace(tenant.name, keys);
      }
    }
  };
  std::for_each(now_.profiles.begin(), now_.profiles.end(), add);
  add(now_.shared);
  return all;
}

void Apply::begin_planned(Binding binding) {
  vanished_.insert(binding.vanished.begin(), binding.vanished.end());
  for (plan::RefusedTenants& refused : binding.refused) {
    refuse(std::move(refused));
  }
  const auto known = control_.retrying([&](Session& session, database::CatalogReader&) {
    return register_binding(binding, ports_.ledger, session, files_);
  });
  auto left = left_out_by_name();
  const auto work_for = [&](const std::string& name,
                            std::vector<execution::PlannedMigration> planned) {
    TenantWork work;
    work.tenant = known.at(name);
    work.planned = std::move(planned);
    work.left_out = std::move(left[name]);
    for (const execution::PlannedMigration& migration : work.planned) {
      work.left_out.erase(migration.start.migration);  // its steps take the place of those
    }
    work.resumes = false;
    return work;
  };
  std::vector<TenantWork> works;
  const bool contract_too = request_.phase != PhaseChoice::kExpand;
  std::size_t steps = steps_of(binding.shared, contract_too);
  for (Binding::Tenant& tenant : binding.tenants) {
    if (!known.contains(tenant.name)) {
      vanished_.insert(tenant.name);
      continue;
    }
    if (tally_.kept_back(tenant.name)) {
      continue;
    }
    steps += steps_of(tenant.planned, contract_too);
    works.push_back(work_for(tenant.name, std::move(tenant.planned)));
  }
  if (!std::exchange(told_of_begin_, true)) {
    ports_.events.on(execution::event::RunStarted{run_, works.size(), steps});
  }
  const bool shared_done = binding.shared.empty() ||
                           run_shared(Phase::kExpand, work_for(std::string(database::kSharedTenant),
                                                               std::move(binding.shared)));
  if (shared_done && !works.empty()) {
    run_waves(Phase::kExpand, std::move(works));
  }
}

/// Alone, before or after all tenants. False: it did not get there, and tenants must not go on.
bool Apply::run_shared(Phase phase, TenantWork work) {
  const std::string shared(database::kSharedTenant);
  work.phase = phase;
  std::vector<TenantWork> works;
  works.push_back(std::move(work));
  rollout_->run(phase, std::move(works), {Wave{"shared", {shared}}}, tally_);
  const auto ended = tally_.ended.find(shared);
  return ended != tally_.ended.end() && ended->second.outcome == TenantOutcome::kDone;
}

/// Tenants that are through with expand, or of which no more can be planned, and have contract
/// steps left.
Apply::Left Apply::left_to_contract(PhaseChoice phase) const {
  Left left{{}, tally_.steps_done};
  for (const Profile& profile : now_.profiles) {
    const Progress progress = progress_of(profile, goal_, Scope::kTenant);
    if (progress.expanded.empty() || !progress.running.empty()) {
      continue;
    }
    const bool may_pend = phase == PhaseChoice::kContract;
    for (const LedgerTenant& tenant : profile.tenants) {
      const bool ready =
          may_pend || progress.pending.empty() || tally_.refused.contains(tenant.name);
      if (ready && !changed_.contains(tenant.name) && !tally_.failed(tenant.name)) {
        left.tenants.insert(tenant.name);
      }
    }
  }
  return left;
}

void Apply::contract(PhaseChoice phase) {
  std::optional<Left> before;
  while (going_on()) {
    Left left = left_to_contract(phase);
    if (left.tenants.empty() || left == before) {
      break;
    }
    std::vector<TenantWork> works = resumed_in_order(left.tenants, Phase::kContract);
    before = std::move(left);
    if (!works.empty()) {
      run_waves(Phase::kContract, std::move(works));
    }
    now_ = survey();
  }
  const bool shared_left = !progress_of(now_.shared, goal_, Scope::kShared).expanded.empty();
  if (shared_left && going_on() && !nobody_for(now_, goal_)) {
    contract_shared();
    now_ = survey();
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
  const std::vector<std::string> waiting = progress_of(now.shared, goal_, Scope::kShared).expanded;
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
    run_shared(Phase::kContract,
               resumed(now.shared.tenants.front(), Phase::kContract, left_out(now.shared, goal_)));
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
