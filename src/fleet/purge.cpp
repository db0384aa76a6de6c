#include "purge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "outcome.h"

namespace lockstep::fleet {

using database::KeptObject;
using database::Session;
using execution::TenantWork;

namespace {

std::string shown(const KeptObject& kept) {
  return core::display(kept.table) + (kept.column.empty() ? "" : "." + kept.column);
}

/// In order of the list; each of a tenant once.
std::vector<std::string> tenants_of(const std::vector<KeptObject>& objects) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const KeptObject& kept : objects) {
    if (seen.insert(kept.tenant.name).second) {
      names.push_back(kept.tenant.name);
    }
  }
  return names;
}

/// With --tenants only theirs; otherwise also those of the shared scope, and of tenants that are
/// gone or not selected any more: nobody else will ever remove them.
void leave_out_others(const FleetOptions& options, Session& session,
                      std::vector<KeptObject>& kept) {
  if (options.tenants.only.empty()) {
    return;
  }
  const std::vector<std::string> names = discover_tenants(session, options.tenants);
  const std::set<std::string> selected(names.begin(), names.end());
  std::erase_if(kept, [&](const KeptObject& each) {
    return !each.tenant_exists || !selected.contains(each.tenant.name);
  });
}

/// Of each tenant the one by that name that was begun, else the youngest.
void choose_by_name(const std::string& name, const std::vector<KeptObject>& kept,
                    std::vector<KeptObject>& chosen) {
  std::map<database::TenantId, const KeptObject*> of_tenant;
  for (const KeptObject& each : kept) {
    if (!each.tenant_exists || shown(each) != name) {
      continue;
    }
    const KeptObject*& found = of_tenant[each.tenant.id];
    if (found == nullptr || (each.restored > 0 && found->restored == 0)) {
      found = &each;
    }
  }
  for (const auto& [tenant, object] : of_tenant) {
    chosen.push_back(*object);
  }
}

bool same(const KeptObject& a, const KeptObject& b) {
  return a.tenant.id == b.tenant.id && a.step == b.step;
}

}  // namespace

PurgePlan purge_plan_of(const Ports& ports, const FleetOptions& options, Session& session,
                        const PurgeRequest& request) {
  PurgePlan plan;
  if (!ports.ledger.present(session)) {
    return plan;
  }
  plan.kept = ports.ledger.kept(session, std::nullopt);
  leave_out_others(options, session, plan.kept);
  if (request.restore.empty()) {
    std::copy_if(
        plan.kept.begin(), plan.kept.end(), std::back_inserter(plan.chosen),
        [&](const KeptObject& kept) { return kept.restored == 0 && (kept.over || request.now); });
  }
  for (const std::string& name : request.restore) {
    choose_by_name(name, plan.kept, plan.chosen);
  }
  plan.tenants = tenants_of(plan.chosen).size();
  return plan;
}

PurgeRun::PurgeRun(const Ports& ports, FleetOptions& options, Control& control,
                   const PurgeRequest& request, const StopTokens& stop)
    : ports_(ports),
      options_(options),
      control_(control),
      request_(request),
      stop_(stop),
      run_(ports, options, control, stop) {}

PurgePlan PurgeRun::look() {
  return control_.retrying([&](Session& session, database::CatalogReader&) {
    return purge_plan_of(ports_, options_, session, request_);
  });
}

PurgeResult PurgeRun::run() {
  PurgeResult result;
  for (;;) {
    const std::size_t lost_before = control_.losses();
    result.plan = look();
    if (!result.plan.chosen.empty()) {
      break;
    }
    control_.wait_for_disk();
    if (control_.losses() == lost_before) {
      break;
    }
  }
  if (result.plan.chosen.empty()) {
    result.run = result_of(result.plan, {});
    return result;
  }
  run_.begin(request_.restore.empty() ? "purge" : "restore", result.plan.tenants,
             result.plan.chosen.size());
  result.run = run_.work([&] {
    work(left_of(result.plan.chosen));
    return result_of(result.plan, left_of(result.plan.chosen));
  });
  return result;
}

void PurgeRun::work(const std::vector<KeptObject>& chosen) {
  std::map<database::TenantId, TenantWork> works;
  for (const KeptObject& kept : chosen) {
    TenantWork& work = works[kept.tenant.id];
    work.tenant = kept.tenant;
    work.phase = core::Phase::kContract;
    if (!work.grace) {
      work.grace =
          execution::GraceWork{request_.restore.empty() ? execution::GraceWork::What::kPurge
                                                        : execution::GraceWork::What::kRestore,
                               {},
                               request_.fill};
    }
    work.grace->steps.insert(kept.step);
  }
  // A tenant that is gone may have the name of another one that came since: one after the other.
  while (!works.empty() && !stop_.finish.stop_requested()) {
    Rollout::Round round;
    round.phase = core::Phase::kContract;
    Wave wave{request_.restore.empty() ? "purge" : "restore", {}};
    std::set<std::string> names;
    for (auto work = works.begin(); work != works.end();) {
      const std::string name = work->second.tenant.name;
      if (!names.insert(name).second) {
        ++work;
        continue;
      }
      wave.tenants.push_back(name);
      round.works.push_back(std::move(work->second));
      work = works.erase(work);
    }
    round.waves.push_back(std::move(wave));
    run_.rollout().run(std::move(round), run_.tally());
  }
}

std::vector<KeptObject> PurgeRun::left_of(const std::vector<KeptObject>& chosen) {
  const std::vector<KeptObject> kept =
      control_.retrying([&](Session& session, database::CatalogReader&) {
        return ports_.ledger.kept(session, std::nullopt);
      });
  std::vector<KeptObject> left;
  std::copy_if(kept.begin(), kept.end(), std::back_inserter(left), [&](const KeptObject& each) {
    return std::any_of(chosen.begin(), chosen.end(),
                       [&](const KeptObject& wanted) { return same(wanted, each); });
  });
  return left;
}

ApplyResult PurgeRun::result_of(const PurgePlan& plan, const std::vector<KeptObject>& left) const {
  std::vector<std::string> tenants = tenants_of(plan.chosen);
  const std::vector<std::string> names = tenants_of(left);
  std::erase(tenants, std::string(database::kSharedTenant));
  return run_.result_of(tenants, {names.begin(), names.end()}, {});
}

}  // namespace lockstep::fleet
