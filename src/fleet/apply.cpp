#include "apply.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/error.h"

namespace lockstep::fleet {

using core::Phase;
using core::Scope;
using database::DatabaseError;
using database::LedgerTenant;
using database::Profile;
using database::Session;
using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

Apply::Apply(const Ports& ports, FleetOptions& options, Control& control, const Files& files,
             const ApplyRequest& request, const StopTokens& stop)
    : ports_(ports),
      options_(options),
      control_(control),
      files_(files),
      request_(request),
      stop_(stop),
      begun_(ports.clock.now()) {}

ApplyResult Apply::run() {
  const Survey before = survey();
  refuse_bad_files(before);
  const PhaseChoice phase = choose_phase(before);
  if (nothing_to_do(before, phase)) {
    return result_of(before, phase);
  }
  Binding binding;
  if (phase == PhaseChoice::kContract) {
    refuse_unexpanded(before);
  } else {
    binding = bind(before);  // everything that forbids it is found here
  }
  // From here on the database changes.
  begin(phase);
  try {
    ApplyResult result = run_phases(phase, before, std::move(binding));
    // Steps commit without waiting for the disk. A server that crashed has lost the last of them,
    // ledger and all, and what was reported done meanwhile may be to do again.
    for (std::size_t losses = 0; losses < rollout_->losses() + control_.losses() && going_on();) {
      losses = rollout_->losses() + control_.losses();
      const Survey now = survey();
      binding = phase == PhaseChoice::kContract ? Binding{} : bind(now);
      result = run_phases(phase, now, std::move(binding));
    }
    return result;
  } catch (const core::Refused&) {
    end(std::string(to_string(ApplyOutcome::kRefused)));
    throw;
  }
}

ApplyResult Apply::run_phases(PhaseChoice phase, const Survey& before, Binding binding) {
  if (phase != PhaseChoice::kContract) {
    expand(before, std::move(binding));
  }
  if (phase != PhaseChoice::kExpand && going_on()) {
    contract();
  }
  ApplyResult result = result_of(survey(), phase);
  end(std::string(to_string(result.outcome)));
  return result;
}

// ---- before anything is changed

Survey Apply::survey() {
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return take_survey(ports_, options_, session, catalog);
  });
}

void Apply::refuse_bad_files(const Survey& survey) const {
  core::Problems refusals = as_refusals(judge_files(survey, files_, options_.out_of_order));
  if (!refusals.empty()) {
    throw core::Refused(std::move(refusals));
  }
}

PhaseChoice Apply::choose_phase(const Survey& survey) {
  if (request_.phase) {
    return *request_.phase;
  }
  if (request_.saved == nullptr) {
    fresh_ = fresh_plan(survey);
  }
  refuse_irreversible(survey, request_.saved != nullptr ? *request_.saved : *fresh_);
  return PhaseChoice::kAll;
}

void Apply::refuse_irreversible(const Survey& survey, const plan::Plan& plan) {
  core::Problems reasons;
  std::set<std::string> told;
  const auto look = [&](const std::vector<plan::Step>& steps) {
    for (const plan::Step& step : steps) {
      if (step.irreversible && step.phase == Phase::kContract && told.insert(step.id).second) {
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
  std::vector<std::string> hashes;
  for (const Profile& profile : survey.profiles) {
    for (const database::TenantMigration& row : profile.migrations) {
      if (row.state == database::MigrationState::kRunning ||
          row.state == database::MigrationState::kExpanded) {
        hashes.push_back(row.step_list);
      }
    }
  }
  for (const auto& list : ports_.ledger.step_lists(control_.session(), hashes)) {
    look(list.second);
  }
  if (!reasons.empty()) {
    throw core::Refused(std::move(reasons));
  }
}

void Apply::refuse_unexpanded(const Survey& survey) const {
  std::vector<std::string> behind;
  std::set<std::string> migrations;
  for (const Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files_, Scope::kTenant);
    if (progress.pending.empty() && progress.running.empty()) {
      continue;
    }
    migrations.insert(progress.pending.begin(), progress.pending.end());
    migrations.insert(progress.running.begin(), progress.running.end());
    for (const LedgerTenant& tenant : profile.tenants) {
      behind.push_back(tenant.name);
    }
  }
  if (behind.empty()) {
    return;
  }
  const std::size_t tenants = behind.size();
  constexpr std::size_t kNamed = 3;
  behind.resize(std::min(tenants, kNamed));
  throw core::Refused(fmt::format("expand is not finished in {} tenants ({}{}): {}", tenants,
                                  fmt::join(behind, ", "), tenants > kNamed ? ", ..." : "",
                                  fmt::join(migrations, ", ")),
                      "run lockstep apply --phase expand first, or both phases with --phase all");
}

plan::Plan Apply::fresh_plan(const Survey& survey) {
  Planned planned = control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return make_plan(ports_, options_, session, catalog, survey, files_);
  });
  if (!planned.problems.empty()) {
    throw core::InvalidInput(std::move(planned.problems));
  }
  if (!planned.refusals.empty()) {
    throw core::Refused(std::move(planned.refusals));
  }
  return std::move(planned.plan);
}

Binding Apply::bind(const Survey& survey) {
  if (request_.saved == nullptr) {
    const plan::Plan plan = fresh_ ? *std::exchange(fresh_, std::nullopt) : fresh_plan(survey);
    return bind_fresh(plan, survey, files_);
  }
  return control_.retrying([&](Session&, database::CatalogReader& catalog) {
    return bind_saved(*request_.saved, survey, files_, catalog, options_, request_.strict_tenants);
  });
}

bool Apply::nothing_to_do(const Survey& survey, PhaseChoice phase) const {
  const auto idle = [&](const Progress& progress) {
    return progress.pending.empty() && progress.running.empty() &&
           (phase == PhaseChoice::kExpand || progress.expanded.empty());
  };
  return idle(progress_of(survey.shared, files_, Scope::kShared)) &&
         std::all_of(survey.profiles.begin(), survey.profiles.end(), [&](const Profile& profile) {
           return idle(progress_of(profile, files_, Scope::kTenant));
         });
}

// ---- from here on the database changes

void Apply::begin(PhaseChoice phase) {
  database::RunInfo info = options_.run;
  info.command = "apply";
  info.phase = phase == PhaseChoice::kAll      ? "all"
               : phase == PhaseChoice::kExpand ? "expand"
                                               : "contract";
  info.plan_id = request_.saved != nullptr ? request_.saved->id : std::string();
  run_ = control_.retrying([&](Session& session, database::CatalogReader&) {
    ports_.ledger.prepare(session);
    return ports_.ledger.begin_run(session, info);
  });
  executor_ =
      std::make_unique<execution::Executor>(ports_.ledger, ports_.lease, ports_.clock,
                                            ports_.jitter, ports_.events, run_, options_.execution);
  rollout_ = std::make_unique<Rollout>(ports_, *executor_, options_, stop_);
}

/// Committed as everybody else commits, so a synchronous standby has all of the run's work by then.
void Apply::end(const std::string& outcome) {
  control_.retrying([&](Session& session, database::CatalogReader&) {
    ports_.ledger.end_run(session, run_, outcome);
    return true;
  });
  ports_.events.on(execution::event::RunFinished{outcome});
}

bool Apply::going_on() const {
  const std::size_t most = options_.rollout.max_failures;
  return !stop_.finish.stop_requested() && (most == 0 || tally_.failures() < most) &&
         tally_.reached(std::string(database::kSharedTenant));
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

/// Tenants that began and have expand steps left go on with the steps that are stored for them.
/// False if there are none.
bool Apply::finish_half_way(const Survey& survey) {
  const bool shared = !progress_of(survey.shared, files_, Scope::kShared).running.empty();
  if (shared &&
      !run_shared(Phase::kExpand, resumed(survey.shared.tenants.front(), Phase::kExpand))) {
    return true;
  }
  std::map<std::string, TenantWork> by_name;
  for (const Profile& profile : survey.profiles) {
    if (progress_of(profile, files_, Scope::kTenant).running.empty()) {
      continue;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      by_name.emplace(tenant.name, resumed(tenant, Phase::kExpand));
    }
  }
  std::vector<TenantWork> works;
  for (const std::string& tenant : survey.tenants) {
    const auto found = by_name.find(tenant);
    if (found != by_name.end()) {
      works.push_back(std::move(found->second));
    }
  }
  const bool any = !works.empty();
  if (any) {
    rollout_->run(Phase::kExpand, std::move(works), tally_);
  }
  return any || shared;
}

/// Steps are stored, and tenants and migrations known to the ledger, before the first step runs.
void Apply::prepare_binding(Binding& binding) {
  std::set<std::string> keys;
  std::map<const std::vector<plan::Step>*, std::string> hashes;
  control_.retrying([&](Session& session, database::CatalogReader&) {
    const auto store = [&](std::vector<execution::PlannedMigration>& all) {
      for (execution::PlannedMigration& planned : all) {
        std::string& hash = hashes[planned.steps.get()];
        if (hash.empty()) {
          hash = ports_.ledger.store_step_list(session, *planned.steps);
        }
        planned.start.step_list = hash;
        keys.insert(planned.start.migration);
      }
    };
    store(binding.shared);
    for (Binding::Tenant& tenant : binding.tenants) {
      store(tenant.planned);
    }
    std::vector<database::RecordedMigration> recorded;
    for (const std::string& key : keys) {
      const migration::Migration& file = *find_file(files_, key)->migration;
      database::RecordedMigration migration;
      migration.key = key;
      migration.name = file.id.name;
      migration.scope = file.scope;
      migration.checksum = file.checksum;
      migration.source = file.source;
      recorded.push_back(std::move(migration));
    }
    ports_.ledger.register_migrations(session, recorded);
    return true;
  });
}

void Apply::begin_planned(Binding binding) {
  vanished_ = binding.vanished;
  refused_ = binding.refused;
  prepare_binding(binding);
  std::vector<std::string> names{std::string(database::kSharedTenant)};
  for (const Binding::Tenant& tenant : binding.tenants) {
    names.push_back(tenant.name);
  }
  const auto known = control_.retrying([&](Session& session, database::CatalogReader&) {
    return ports_.ledger.register_tenants(session, names);
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
  std::map<std::string, TenantWork> by_name;
  for (const Profile& profile : now.profiles) {
    const Progress progress = progress_of(profile, files_, Scope::kTenant);
    if (progress.expanded.empty() || !progress.running.empty()) {
      continue;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      if (tally_.reached(tenant.name)) {
        by_name.emplace(tenant.name, resumed(tenant, Phase::kContract));
      }
    }
  }
  std::vector<TenantWork> works;
  for (const std::string& tenant : now.tenants) {
    const auto found = by_name.find(tenant);
    if (found != by_name.end()) {
      works.push_back(std::move(found->second));
    }
  }
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
      behind.push_back(profile.tenants.front().name);
    }
  }
  if (behind.empty()) {
    run_shared(Phase::kContract, resumed(now.shared.tenants.front(), Phase::kContract));
    return;
  }
  TenantResult result;
  result.outcome = TenantOutcome::kWaiting;
  result.why = fmt::format(
      "the contract of shared migrations {} waits for tenants that have earlier ones to"
      " finish: {}",
      fmt::join(waiting, ", "), fmt::join(behind, ", "));
  result.failure.message = result.why;
  tally_.ended[std::string(database::kSharedTenant)] = result;
}

TenantWork Apply::resumed(const LedgerTenant& tenant, Phase phase) const {
  TenantWork work;
  work.tenant = tenant;
  work.phase = phase;
  work.resumes = true;
  return work;
}

// ---- what came of it

void Apply::count(const std::string& tenant, const TenantResult& ended, ApplyResult& result) const {
  switch (ended.outcome) {
    case TenantOutcome::kDone:
      return;
    case TenantOutcome::kSkipped:
      ++result.tenants.skipped;
      result.vanished.push_back(tenant);
      return;
    case TenantOutcome::kFailed:
    case TenantOutcome::kRefused:
      ++result.tenants.failed;
      break;
    case TenantOutcome::kBlocked:
      ++result.tenants.blocked;
      break;
    case TenantOutcome::kBusy:
    case TenantOutcome::kPaused:
    case TenantOutcome::kWaiting:
      ++result.tenants.busy;
      break;
    case TenantOutcome::kInterrupted:
      ++result.tenants.not_started;
      break;
  }
  result.failures.push_back({tenant, ended.step, ended.outcome, ended.failure});
}

namespace {

/// The gravest first: 6, 3, 1, 7 of the exit codes.
ApplyOutcome outcome_of(const ApplyResult& result, bool stopped) {
  const auto any = [&](TenantOutcome outcome) {
    return std::any_of(result.failures.begin(), result.failures.end(),
                       [&](const TenantFailure& failure) { return failure.outcome == outcome; });
  };
  if (any(TenantOutcome::kInterrupted) || (stopped && result.tenants.not_started > 0)) {
    return ApplyOutcome::kInterrupted;
  }
  if (any(TenantOutcome::kRefused)) {
    return ApplyOutcome::kRefused;
  }
  if (any(TenantOutcome::kFailed)) {
    return ApplyOutcome::kFailed;
  }
  if (any(TenantOutcome::kBlocked)) {
    return ApplyOutcome::kBlocked;
  }
  if (any(TenantOutcome::kPaused)) {
    return ApplyOutcome::kPaused;
  }
  if (any(TenantOutcome::kWaiting)) {
    return ApplyOutcome::kWaiting;
  }
  return any(TenantOutcome::kBusy) ? ApplyOutcome::kBusy : ApplyOutcome::kDone;
}

}  // namespace

/// Those that are through with expand and not with contract.
std::set<std::string> Apply::half_way(const Survey& survey) const {
  std::set<std::string> names;
  for (const Profile& profile : survey.profiles) {
    if (!progress_of(profile, files_, Scope::kTenant).expanded.empty()) {
      for (const LedgerTenant& tenant : profile.tenants) {
        names.insert(tenant.name);
      }
    }
  }
  return names;
}

ApplyResult Apply::result_of(const Survey& survey, PhaseChoice phase) const {
  ApplyResult result;
  result.run = run_;
  result.vanished = vanished_;
  for (const auto& [tenant, ended] : tally_.ended) {
    count(tenant, ended, result);
  }
  for (const auto& [tenant, why] : refused_) {
    TenantResult refused;
    refused.outcome = TenantOutcome::kRefused;
    refused.failure.message = why;
    refused.failure.hint = "make the plan again";
    count(tenant, refused, result);
    result.refusals.push_back(
        {{}, fmt::format("tenant {}: {}", tenant, why), refused.failure.hint});
  }
  result.tenants.not_started += tally_.not_started.size();
  // A run that stopped after expand has not come to the contract steps of anybody.
  const std::set<std::string> short_of_contract =
      phase == PhaseChoice::kAll ? half_way(survey) : std::set<std::string>{};
  const auto not_done = static_cast<std::size_t>(
      std::count_if(survey.tenants.begin(), survey.tenants.end(), [&](const std::string& tenant) {
        return !tally_.reached(tenant) || short_of_contract.contains(tenant) ||
               tally_.not_started.contains(tenant) || refused_.contains(tenant);
      }));
  result.tenants.total = survey.tenants.size();
  result.tenants.done = survey.tenants.size() - not_done;
  result.steps = {tally_.steps_done, tally_.retried};
  result.longest_lock_wait = tally_.longest_lock_wait;
  result.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.now() - begun_);
  result.outcome = outcome_of(result, stop_.finish.stop_requested());
  return result;
}

}  // namespace lockstep::fleet
