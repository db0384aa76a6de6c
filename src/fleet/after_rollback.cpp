#include "after_rollback.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep::fleet {

namespace {

/// Hazards that are refused begin with their name, and have remedies of their own.
bool is_hazard(const core::Problem& problem) {
  return !problem.message.empty() && problem.message.front() == '[';
}

void advise(core::Problem& problem, const std::string& migration) {
  problem.remedy = fmt::format(
      "{} was taken back here before (lockstep history), and what did not come back then may still "
      "stand. If this is part of it, remove it by hand; then apply runs all of {} again. Do not "
      "declare it applied: the steps that were taken back would be missing for good.",
      migration, migration);
}

}  // namespace

std::map<std::string, std::set<std::string>> taken_back_in(const Ports& ports,
                                                           database::Session& session,
                                                           const Survey& survey) {
  std::map<database::TenantId, std::string> names;
  std::vector<database::TenantId> ids;
  const auto add = [&](const database::Profile& profile) {
    for (const database::LedgerTenant& tenant : profile.tenants) {
      names.emplace(tenant.id, tenant.name);
      ids.push_back(tenant.id);
    }
  };
  std::for_each(survey.profiles.begin(), survey.profiles.end(), add);
  add(survey.shared);
  std::map<std::string, std::set<std::string>> by_migration;
  if (survey.ledger) {
    for (const auto& [id, migrations] : ports.ledger.taken_back(session, ids)) {
      for (const std::string& migration : migrations) {
        by_migration[migration].insert(names.at(id));
      }
    }
  }
  return by_migration;
}

void advise_after_rollback(const Ports& ports, database::Session& session, const Survey& survey,
                           const Files& files, Planned& planned) {
  if (planned.problems.empty() && planned.plan.refused.empty()) {
    return;
  }
  const auto taken_back = taken_back_in(ports, session, survey);
  if (taken_back.empty()) {
    return;
  }
  // Of the migration whose file it is about; empty where that was not taken back.
  const auto key_of = [&](const core::Problem& problem) -> std::string {
    for (const planner::Recognised& file : files) {
      if (file.migration->file == problem.where.file) {
        const std::string key = file.migration->id.key();
        return taken_back.contains(key) ? key : std::string();
      }
    }
    return {};
  };
  for (core::Problem& problem : planned.problems) {
    if (const std::string key = key_of(problem); !key.empty()) {
      advise(problem, key);
    }
  }
  for (plan::RefusedTenants& refused : planned.plan.refused) {
    for (core::Problem& reason : refused.reasons) {
      const std::string key = is_hazard(reason) ? std::string() : key_of(reason);
      const bool here = !key.empty() && std::any_of(refused.tenants.begin(), refused.tenants.end(),
                                                    [&](const std::string& tenant) {
                                                      return taken_back.at(key).contains(tenant);
                                                    });
      if (here) {
        advise(reason, key);
      }
    }
  }
}

}  // namespace lockstep::fleet
