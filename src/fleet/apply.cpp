#include "apply.h"

#include <algorithm>
#include <utility>

#include "admission.h"
#include "lockstep/core/error.h"
#include "outcome.h"
#include "preflight.h"

namespace lockstep::fleet {

using core::Scope;
using database::LedgerTenant;
using database::Profile;
using database::Session;

Apply::Apply(const Ports& ports, FleetOptions& options, Control& control, const Files& files,
             const ApplyRequest& request, const StopTokens& stop)
    : ports_(ports),
      options_(options),
      control_(control),
      files_(files),
      request_(request),
      stop_(stop),
      structures_(ports, options, files),
      begun_(ports.clock.now()) {}

ApplyResult Apply::run() {
  const Survey before = survey();
  control_.retrying([&](Session& session, database::CatalogReader&) {
    refuse_unknown_names(ports_, options_, session, before);
    return true;
  });
  refuse_stale_plan(before);
  refuse_bad_files(before, files_, options_.out_of_order);
  const PhaseChoice phase = choose_phase(before);
  if (nothing_to_do(before, phase)) {
    return result_of(before, phase);
  }
  Binding binding;
  if (phase == PhaseChoice::kContract) {
    admit_contract(before);
  } else {
    binding = bind(before);  // everything that forbids it is found here
  }
  if (options_.preflight) {
    auto failures = preflight_of_apply(ports_, control_, before, binding);
    if (!failures.empty()) {
      return not_begun(before, std::move(failures));
    }
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
  const Survey after = survey();
  control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    structures_.record(session, catalog, after, tally_);
    return true;
  });
  ApplyResult result = result_of(after, phase);
  end(std::string(to_string(result.outcome)));
  return result;
}

// ---- before anything is changed

Survey Apply::survey() {
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return take_survey(ports_, options_, session, catalog);
  });
}

/// Also where nothing is pending: a plan for another database is never "done" here.
void Apply::refuse_stale_plan(const Survey& survey) {
  if (request_.saved == nullptr) {
    return;
  }
  control_.retrying([&](Session&, database::CatalogReader& catalog) {
    refuse_stale(*request_.saved, catalog.identity(), survey, files_, request_.strict_tenants);
    return true;
  });
}

PhaseChoice Apply::choose_phase(const Survey& survey) {
  if (request_.phase) {
    return *request_.phase;
  }
  if (request_.saved == nullptr) {
    fresh_ = fresh_plan(survey);
  }
  refuse_irreversible(request_.saved != nullptr ? *request_.saved : *fresh_,
                      control_.retrying([&](Session& session, database::CatalogReader&) {
                        return ports_.ledger.step_lists(session, unfinished_lists(survey));
                      }));
  return PhaseChoice::kAll;
}

Planned Apply::planned(const Survey& survey) {
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return make_plan(ports_, options_, session, catalog, survey, files_);
  });
}

plan::Plan Apply::fresh_plan(const Survey& survey) {
  Planned made = planned(survey);
  if (!made.problems.empty()) {
    throw core::InvalidInput(std::move(made.problems));
  }
  if (!made.refusals.empty()) {
    throw core::Refused(std::move(made.refusals));
  }
  return std::move(made.plan);
}

/// Expand comes first. Tenants whose migrations cannot be planned do not hold up the contract of
/// others, nor of what they have expanded before.
void Apply::admit_contract(const Survey& survey) {
  const Unexpanded left = unexpanded(survey, files_);
  if (left.empty()) {
    return;
  }
  if (!left.begun.empty()) {
    refuse_contract(left.begun, left.migrations);
  }
  Planned made = planned(survey);
  core::Problems reasons = std::move(made.problems);
  std::move(made.refusals.begin(), made.refusals.end(), std::back_inserter(reasons));
  if (reasons.empty()) {
    std::vector<std::string> behind;
    for (const plan::Cohort& cohort : made.plan.cohorts) {
      behind.insert(behind.end(), cohort.tenants.begin(), cohort.tenants.end());
    }
    if (!behind.empty()) {
      refuse_contract(behind, left.migrations);
    }
    refused_ = std::move(made.plan.refused);
    for (plan::RefusedTenants& refused : refused_) {
      std::erase_if(refused.tenants, [&](const std::string& tenant) {
        return std::find(left.both.begin(), left.both.end(), tenant) != left.both.end();
      });
    }
    std::erase_if(refused_, [](const auto& refused) { return refused.tenants.empty(); });
    return;
  }
  if (!anything_to_contract(survey, files_)) {
    throw core::Refused(std::move(reasons));
  }
  if (!left.pending.empty()) {
    refused_.push_back({left.pending, {}, std::move(reasons)});
  }
}

Binding Apply::bind(const Survey& survey) {
  if (request_.saved == nullptr) {
    const plan::Plan plan = fresh_ ? *std::exchange(fresh_, std::nullopt) : fresh_plan(survey);
    return bind_fresh(plan, survey, files_);
  }
  return control_.retrying([&](Session&, database::CatalogReader& catalog) {
    return bind_saved(*request_.saved, survey, files_, catalog, options_);
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

ApplyResult Apply::result_of(const Survey& survey, PhaseChoice phase) const {
  std::vector<std::string> vanished = survey.missing;
  vanished.insert(vanished.end(), vanished_.begin(), vanished_.end());
  Ending ending{tally_, vanished, refused_, {}, stop_.finish.stop_requested()};
  for (const Profile& profile : survey.profiles) {
    // A run that stopped after expand has not come to the contract steps of anybody.
    if (phase == PhaseChoice::kAll &&
        !progress_of(profile, files_, Scope::kTenant).expanded.empty()) {
      for (const LedgerTenant& tenant : profile.tenants) {
        ending.short_of_contract.insert(tenant.name);
      }
    }
  }
  ApplyResult result = outcome_of(ending, survey.tenants);
  result.run = run_;
  result.steps = {tally_.steps_done, tally_.retried};
  result.longest_lock_wait = tally_.longest_lock_wait;
  result.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.now() - begun_);
  return result;
}

}  // namespace lockstep::fleet
