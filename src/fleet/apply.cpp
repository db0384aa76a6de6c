#include "apply.h"

#include <algorithm>
#include <utility>

#include "admission.h"
#include "denied.h"
#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"
#include "outcome.h"
#include "preflight.h"
#include "registration.h"
#include "settled.h"
#include "shown.h"
#include "way_out.h"

namespace lockstep::fleet {

using core::Scope;
using database::LedgerTenant;
using database::Profile;
using database::Session;
using execution::TenantResult;

Apply::Apply(const Ports& ports, FleetOptions& options, Control& control, const Files& files,
             const ApplyRequest& request, const StopTokens& stop)
    : ports_(ports),
      options_(options),
      control_(control),
      files_(files),
      request_(request),
      stop_(stop),
      goal_(goal_of(files, request.saved)),
      structures_(ports, options, files),
      begun_(ports.clock.now()) {}

ApplyResult Apply::run() {
  const PhaseChoice phase = request_.phase.value_or(PhaseChoice::kAll);
  for (;;) {
    const std::size_t lost_before = control_.losses();
    if (something_is_left(phase)) {
      break;
    }
    if (now_.unended_run) {
      control_.wait_for_disk();
    }
    if (control_.losses() == lost_before) {
      return result_of(phase);  // before anything is planned, or looked at for a plan
    }
  }
  if (!request_.phase) {
    refuse_irreversible_steps();
  }
  std::optional<Binding> binding;
  if (phase == PhaseChoice::kContract) {
    admit_contract();
  } else {
    binding = bind();  // everything that forbids it is found here
  }
  if (options_.preflight) {
    auto failures = control_.retrying([&](Session& session, database::CatalogReader& catalog) {
      return preflight_of_all(ports_, session, catalog, now_, files_,
                              work_of(binding.value_or(Binding{})), phase);
    });
    if (!failures.empty()) {
      return not_begun(now_, std::move(failures));
    }
  }
  // From here on the database changes.
  begin(phase);
  try {
    return run_phases(phase, std::move(binding));
  } catch (const core::Refused&) {
    end(std::string(to_string(ApplyOutcome::kRefused)));
    throw;
  } catch (const core::InvalidInput&) {
    end(std::string(to_string(ApplyOutcome::kFailed)));
    throw;
  } catch (const database::DatabaseError&) {
    if (stop_.cancel.stop_requested()) {
      end_if_possible(std::string(to_string(ApplyOutcome::kInterrupted)));
    }
    throw;
  }
}

/// A second signal has cancelled what this run asked at its end.
void Apply::end_if_possible(const std::string& outcome) {
  try {
    end(outcome);
  } catch (const database::DatabaseError& error) {
    ports_.events.on(execution::event::Notice{
        std::string("that the run ended is not in the ledger: ") + error.what()});
  }
}

/// Steps commit without waiting for the disk, and the end of a run waits for all of them. A server
/// that crashed before has lost the last of them, ledger and all: then it is looked at again, and
/// what is to do again is done.
ApplyResult Apply::run_phases(PhaseChoice phase, std::optional<Binding> binding) {
  for (;;) {
    const std::size_t lost_before = losses();
    if (phase != PhaseChoice::kContract) {
      expand(std::exchange(binding, std::nullopt));
    }
    if (phase != PhaseChoice::kExpand) {
      contract(phase);
    }
    control_.retrying([&](Session& session, database::CatalogReader& catalog) {
      structures_.record(session, catalog, now_, tally_);
      return true;
    });
    ApplyResult result = result_of(phase);
    name_ways_out(result);
    const std::string outcome(to_string(result.outcome));
    record_end(outcome);
    if (losses() == lost_before) {
      ports_.events.on(execution::event::RunFinished{outcome});
      return result;
    }
    now_ = survey();
  }
}

std::size_t Apply::losses() const {
  return rollout_->losses() + control_.losses();
}

// ---- before anything is changed

bool Apply::something_is_left(PhaseChoice phase) {
  now_ = survey();
  control_.retrying([&](Session& session, database::CatalogReader&) {
    refuse_unknown_names(ports_, options_, session, now_);
    return true;
  });
  refuse_stale_plan();
  refuse_bad_files(now_, files_, goal_, options_.out_of_order);
  refuse_nobody(now_, goal_, options_.tenants);
  return !short_of(PhaseChoice::kExpand, now_, goal_).empty() ||
         !short_of(phase, now_, goal_).empty();
}

Survey Apply::survey() {
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return take_survey(ports_, options_, session, catalog);
  });
}

/// Also where nothing is pending: a plan for another database is never "done" here.
void Apply::refuse_stale_plan() {
  if (request_.saved == nullptr) {
    return;
  }
  control_.retrying([&](Session&, database::CatalogReader& catalog) {
    refuse_stale(*request_.saved, catalog.identity(), now_, files_, request_.strict_tenants);
    return true;
  });
}

/// Without a phase both run, but nothing that cannot be undone.
void Apply::refuse_irreversible_steps() {
  if (request_.saved == nullptr) {
    fresh_ = fresh_plan();
  }
  std::vector<plan::Step> steps =
      steps_to_begin(request_.saved != nullptr ? *request_.saved : *fresh_, now_, goal_);
  for (plan::Step& step : control_.retrying([&](Session&session, database::CatalogReader&) {
         return unfinished_steps(ports_.ledger, session, now_, goal_);
       })) {
    steps.push_back(std::move(step));
  }
  refuse_irreversible(steps);
}

Planned Apply::planned() {
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return settled_plan(ports_, options_, session, catalog, now_, files_);
  });
}

plan::Plan Apply::fresh_plan() {
  Planned made = planned();
  if (!made.problems.empty()) {
    throw core::InvalidInput(std::move(made.problems));
  }
  if (!made.refusals.empty()) {
    throw core::Refused(std::move(made.refusals));
  }
  if (request_.shown != nullptr) {
    keep_to_shown(*request_.shown, made.plan);
  }
  return std::move(made.plan);
}

/// Expand comes first. Tenants whose migrations cannot be planned do not hold up the contract of
/// others, nor of what they have expanded before.
void Apply::admit_contract() {
  const Unexpanded left = unexpanded(now_, goal_);
  if (left.empty()) {
    return;
  }
  if (!left.begun.empty()) {
    refuse_contract(left.begun, left.migrations, true);
  }
  Planned made = planned();
  core::Problems reasons = std::move(made.problems);
  std::move(made.refusals.begin(), made.refusals.end(), std::back_inserter(reasons));
  if (!reasons.empty()) {
    if (!anything_to_contract(now_, goal_)) {
      throw core::Refused(std::move(reasons));
    }
    if (!left.pending.empty()) {
      refused_.push_back({left.pending, {}, std::move(reasons)});
    }
    return;
  }
  refused_ = std::move(made.plan.refused);
  std::vector<std::string> behind;
  for (const auto* names : {&left.pending, &left.both}) {
    std::copy_if(names->begin(), names->end(), std::back_inserter(behind),
                 [&](const std::string& name) {
                   return std::none_of(refused_.begin(), refused_.end(), [&](const auto& group) {
                     return std::find(group.tenants.begin(), group.tenants.end(), name) !=
                            group.tenants.end();
                   });
                 });
  }
  if (!behind.empty()) {
    refuse_contract(behind, left.migrations, false);
  }
  for (plan::RefusedTenants& group : refused_) {
    std::erase_if(group.tenants, [&](const std::string& tenant) {
      return std::find(left.both.begin(), left.both.end(), tenant) != left.both.end();
    });
  }
  std::erase_if(refused_, [](const auto& group) { return group.tenants.empty(); });
}

Binding Apply::bind() {
  if (request_.saved == nullptr) {
    const plan::Plan plan = fresh_ ? *std::exchange(fresh_, std::nullopt) : fresh_plan();
    return bind_fresh(plan, now_, files_);
  }
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return settled_binding(*request_.saved, ports_, options_, session, catalog, now_, files_);
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
    ports_.ledger.register_migrations(session, rewritten(now_, files_));
    return ports_.ledger.begin_run(session, info);
  });
  executor_ = std::make_unique<execution::Executor>(
      ports_.ledger, ports_.lease, ports_.clock, ports_.jitter, ports_.events, run_,
      options_.execution, [this] { return ports_.database.connect({}); });
  rollout_ = std::make_unique<Rollout>(ports_, *executor_, options_, stop_);
}

/// Committed as everybody else commits, so a synchronous standby has all of the run's work by then.
void Apply::record_end(const std::string& outcome) {
  control_.retrying([&](Session& session, database::CatalogReader&) {
    ports_.ledger.end_run(session, run_, outcome);
    return true;
  });
}

void Apply::end(const std::string& outcome) {
  record_end(outcome);
  ports_.events.on(execution::event::RunFinished{outcome});
}

bool Apply::enough_failed() const {
  const std::size_t most = options_.rollout.max_failures;
  return most > 0 && tally_.failures() >= most;
}

bool Apply::gave_up() const {
  return tally_.withheld || enough_failed() ||
         tally_.kept_back(std::string(database::kSharedTenant));
}

/// What can be done about a step that failed. What is not permitted is no fault of its migration.
void Apply::name_ways_out(ApplyResult& result) {
  for (TenantFailure& failure : result.failures) {
    const bool failed = failure.outcome == execution::TenantOutcome::kFailed ||
                        failure.outcome == execution::TenantOutcome::kStuck;
    if (failed && !failure.migration.empty() &&
        failure.failure.sqlstate != core::sqlstate::kInsufficientPrivilege) {
      failure.failure.hint = joined(failure.failure.hint, way_out(failure.migration, now_, files_));
    }
  }
  name_what_permits(ports_, control_, now_, "apply", result);
}

ApplyResult Apply::result_of(PhaseChoice phase) const {
  std::vector<std::string> vanished = now_.missing;
  vanished.insert(vanished.end(), vanished_.begin(), vanished_.end());
  std::set<std::string> left = short_of(phase, now_, goal_);
  Tally tally = tally_;
  const std::string shared(database::kSharedTenant);
  if (nobody_for(now_, goal_) && !tally.failed(shared)) {
    const auto ended = tally.ended().find(shared);
    TenantResult waits = ended == tally.ended().end() ? TenantResult{} : ended->second;
    waits.outcome = execution::TenantOutcome::kWaiting;
    waits.failure.message = why_nobody(goal_, options_.tenants);
    waits.failure.hint = "create the first tenant's schema, or correct `tenants` in lockstep.yaml";
    tally.end(shared, std::move(waits));
    left.insert(shared);
  }
  ApplyResult result = outcome_of(
      {now_.tenants, left, tally, vanished, refused_, stop_.finish.stop_requested(), gave_up()});
  result.run = run_;
  result.wave_withheld = tally_.withheld;
  result.too_many_failures = enough_failed();
  result.contract_left = std::any_of(
      now_.profiles.begin(), now_.profiles.end(), [this](const database::Profile& profile) {
        const Progress progress = progress_of(profile, files_, core::Scope::kTenant);
        return reached(progress, PhaseChoice::kExpand) && !reached(progress, PhaseChoice::kAll);
      });
  result.steps = {tally_.steps_done, tally_.retried};
  result.longest_lock_wait = tally_.longest_lock_wait;
  result.duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.now() - begun_);
  return result;
}

}  // namespace lockstep::fleet
