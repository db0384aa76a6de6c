#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "admission.h"
#include "apply.h"
#include "registration.h"
#include "workload.h"

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

/// Tenants that began and have expand steps left: they go on with the steps that are stored for
/// them.
Apply::HalfWay Apply::half_way() const {
  HalfWay found;
  for (const Profile& profile : now_.profiles) {
    const Progress progress = progress_of(profile, goal_, Scope::kTenant);
    if (progress.running.empty()) {
      continue;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      if (!tally_.kept_back(tenant.name)) {
        found.tenants.insert(tenant.name);
        if (!progress.pending.empty()) {
          found.more_to_come.insert(tenant.name);
        }
      }
    }
  }
  return found;
}

Apply::Left Apply::left_to_expand() const {
  Left left{short_of(PhaseChoice::kExpand, now_, goal_), half_way().tenants, tally_.steps_done};
  std::erase_if(left.tenants, [&](const std::string& name) { return tally_.kept_back(name); });
  return left;
}

/// Rounds of looking where everybody stands and going on from there, until all are through or
/// nobody comes further: other runs begin and finish tenants meanwhile, and those that were half
/// way may have more to begin.
void Apply::expand(std::optional<Binding> binding) {
  tell_of_begin(binding ? *binding : Binding{});
  std::optional<Left> before;
  bool over = true;
  while (going_on()) {
    Left left = left_to_expand();
    if (left.tenants.empty() || (over && left == before)) {
      return;
    }
    if (!progress_of(now_.shared, goal_, Scope::kShared).running.empty()) {
      over = true;
      run_alone(Phase::kExpand,
                resumed(now_.shared.tenants.front(), Phase::kExpand, left_out(now_.shared, goal_)));
    } else {
      const bool all_half_way = std::includes(left.half_way.begin(), left.half_way.end(),
                                              left.tenants.begin(), left.tenants.end());
      if (!binding) {
        binding = all_half_way ? Binding{} : bind();
      }
      over = expand_together(std::move(*binding));
    }
    binding.reset();
    before = std::move(left);
    now_ = survey();
  }
}

std::vector<TenantWork> Apply::resumed_in_order(const std::set<std::string>& names, Phase phase) {
  std::set<std::string> left_earlier;  // those of this run went on from expand a moment ago
  for (const std::string& name : names) {
    if (!tally_.ended().contains(name)) {
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

/// Those that are half way come first; while one of them waits, those that begin go on. What begins
/// in the shared schemas comes before whatever else begins. False: there is more to begin, and not
/// all are through.
bool Apply::expand_together(Binding binding) {
  vanished_.insert(binding.vanished.begin(), binding.vanished.end());
  Rollout::Round round;
  round.phase = Phase::kExpand;
  HalfWay half = half_way();
  round.works = resumed_in_order(half.tenants, Phase::kExpand);
  round.more_to_come = std::move(half.more_to_come);
  round.waves = make_waves(now_.tenants, options_.rollout.waves);
  for (plan::RefusedTenants& refused : binding.refused) {
    round.not_planned.insert(refused.tenants.begin(), refused.tenants.end());
    refuse(std::move(refused));
  }
  const bool shared = !binding.shared.empty();
  begin_planned(std::move(binding), round.works);
  if (shared) {
    round.waves.insert(round.waves.begin(), Wave{"shared", {std::string(database::kSharedTenant)}});
  }
  return rollout_->run(std::move(round), tally_);
}

void Apply::begin_planned(Binding binding, std::vector<TenantWork>& works) {
  if (binding.shared.empty() && binding.tenants.empty()) {
    return;
  }
  const auto known = control_.retrying([&](Session& session, database::CatalogReader&) {
    return register_binding(binding, ports_.ledger, session, files_);
  });
  auto left = left_out_by_name();
  const auto begin = [&](const std::string& name,
                         std::vector<execution::PlannedMigration> planned) {
    TenantWork work;
    work.tenant = known.at(name);
    work.planned = std::move(planned);
    work.left_out = std::move(left[name]);
    for (const execution::PlannedMigration& migration : work.planned) {
      work.left_out.erase(migration.start.migration);  // its steps take the place of those
    }
    work.resumes = false;
    works.push_back(std::move(work));
  };
  if (!binding.shared.empty()) {
    begin(std::string(database::kSharedTenant), std::move(binding.shared));
  }
  for (Binding::Tenant& tenant : binding.tenants) {
    if (!known.contains(tenant.name)) {
      vanished_.insert(tenant.name);
    } else if (!tally_.kept_back(tenant.name)) {
      begin(tenant.name, std::move(tenant.planned));
    }
  }
}

/// Of the whole run, once: what is stored and what is to begin.
void Apply::tell_of_begin(const Binding& binding) {
  if (std::exchange(told_of_begin_, true)) {
    return;
  }
  const Workload work = control_.retrying([&](Session& session, database::CatalogReader&) {
    return workload_of(binding, now_, goal_, request_.phase.value_or(PhaseChoice::kAll),
                       ports_.ledger, session);
  });
  ports_.events.on(execution::event::RunStarted{run_, work.tenants, work.steps});
}

/// The shared scope, before or after all tenants.
void Apply::run_alone(Phase phase, TenantWork work) {
  Rollout::Round round;
  round.phase = phase;
  round.works.push_back(std::move(work));
  round.waves = {Wave{"shared", {std::string(database::kSharedTenant)}}};
  rollout_->run(std::move(round), tally_);
}

/// Tenants that are through with expand, or of which no more can be planned, and have contract
/// steps left.
Apply::Left Apply::left_to_contract(PhaseChoice phase) const {
  Left left{{}, {}, tally_.steps_done};
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
  tell_of_begin({});
  std::optional<Left> before;
  while (going_on()) {
    Left left = left_to_contract(phase);
    if (left.tenants.empty() || left == before) {
      break;
    }
    Rollout::Round round;
    round.phase = Phase::kContract;
    round.works = resumed_in_order(left.tenants, Phase::kContract);
    round.waves = make_waves(now_.tenants, options_.rollout.waves);
    rollout_->run(std::move(round), tally_);
    before = std::move(left);
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
    run_alone(Phase::kContract,
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
  tally_.end(std::string(database::kSharedTenant), std::move(result));
}

}  // namespace lockstep::fleet
