#include "rollback.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "denied.h"
#include "lockstep/core/error.h"

namespace lockstep::fleet {

using database::LedgerTenant;
using database::Profile;
using database::Session;
using execution::TenantOutcome;
using execution::TenantWork;

namespace {

const std::string kShared(database::kSharedTenant);

std::size_t steps_of(const RollbackPlan& plan) {
  std::size_t steps = 0;
  for (const RollbackGroup& group : plan.groups) {
    for (const RollbackMigration& migration : group.migrations) {
      steps += migration.steps.size() * group.tenants.size();
    }
  }
  return steps;
}

}  // namespace

RollbackRun::RollbackRun(const Ports& ports, FleetOptions& options, Control& control,
                         const Files& files, const RollbackRequest& request, const StopTokens& stop)
    : ports_(ports),
      options_(options),
      control_(control),
      files_(files),
      request_(request),
      stop_(stop),
      run_(ports, options, control, stop) {}

Survey RollbackRun::survey() {
  return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
    return take_survey(ports_, options_, session, catalog);
  });
}

Rollback RollbackRun::look() {
  for (;;) {
    const std::size_t lost_before = control_.losses();
    now_ = survey();
    Rollback rollback = control_.retrying([&](Session& session, database::CatalogReader&) {
      refuse_unknown_names(ports_, options_, session, now_);
      return rollback_of(ports_, options_, session, now_, files_, request_);
    });
    if (rollback.keys.empty() && now_.unended_run) {
      control_.wait_for_disk();
    }
    if (!rollback.keys.empty() || control_.losses() == lost_before) {
      return rollback;
    }
  }
}

RollbackResult RollbackRun::run() {
  Rollback rollback = look();
  RollbackResult result;
  result.plan = std::move(rollback.plan);
  if (!result.plan.refusals.empty()) {
    throw core::Refused(std::move(result.plan.refusals));
  }
  if (rollback.keys.empty()) {
    result.run = result_of({});
    return result;
  }
  run_.begin("rollback", rollback.keys.size(), steps_of(result.plan));
  result.run = run_.work([&] {
    now_ = survey();
    take_back(still_standing(now_, rollback.keys));
    now_ = survey();
    ApplyResult ended = result_of(still_standing(now_, rollback.keys));
    name_what_permits(ports_, control_, now_, "rollback", ended);
    return ended;
  });
  return result;
}

std::vector<TenantWork> RollbackRun::works(const TakenBack& keys, bool shared) const {
  std::vector<TenantWork> all;
  const auto add = [&](const Profile& profile) {
    for (const LedgerTenant& tenant : profile.tenants) {
      const auto wanted = keys.find(tenant.name);
      if (wanted == keys.end()) {
        continue;
      }
      TenantWork work;
      work.tenant = tenant;
      work.resumes = true;
      work.back = execution::TakeBack{wanted->second, request_.accept_loss};
      all.push_back(std::move(work));
    }
  };
  if (shared) {
    add(now_.shared);
  } else {
    std::for_each(now_.profiles.begin(), now_.profiles.end(), add);
  }
  return all;
}

void RollbackRun::take_back(const TakenBack& keys) {
  run_together(works(keys, false), {"rollback", now_.tenants});
  std::vector<TenantWork> shared = works(keys, true);
  if (shared.empty()) {
    return;
  }
  now_ = survey();
  TakenBack left = still_standing(now_, keys);
  left.erase(kShared);
  if (!left.empty() || stop_.finish.stop_requested()) {
    execution::TenantResult waits;
    waits.outcome = TenantOutcome::kWaiting;
    waits.failure.message =
        fmt::format("the shared scope waits for {} in which later migrations still stand",
                    left.size() == 1 ? "a tenant" : fmt::format("{} tenants", left.size()));
    waits.failure.hint = "bring these back first, then run it again";
    waits.why = waits.failure.message;
    run_.tally().end(kShared, std::move(waits));
    return;
  }
  run_together(std::move(shared), {"shared", {kShared}});
}

void RollbackRun::run_together(std::vector<TenantWork> works, Wave wave) {
  Rollout::Round round;
  round.phase = core::Phase::kExpand;
  round.works = std::move(works);
  round.waves.push_back(std::move(wave));
  run_.rollout().run(std::move(round), run_.tally());
}

ApplyResult RollbackRun::result_of(const TakenBack& left) const {
  std::set<std::string> names;
  for (const auto& entry : left) {
    names.insert(entry.first);
  }
  return run_.result_of(now_.tenants, names, now_.missing);
}

}  // namespace lockstep::fleet
