#include "status.h"

#include <algorithm>

namespace lockstep::fleet {
namespace {

using database::OpenStep;
using database::StepState;

StandingState resting_state(const Progress& progress) {
  if (!progress.running.empty()) {
    return StandingState::kRunning;
  }
  if (!progress.pending.empty()) {
    return StandingState::kPending;
  }
  return progress.expanded.empty() ? StandingState::kCurrent : StandingState::kExpanded;
}

StandingState state_of(StepState step) {
  switch (step) {
    case StepState::kFailed:
      return StandingState::kFailed;
    case StepState::kBlocked:
      return StandingState::kBlocked;
    case StepState::kRunning:
    case StepState::kDone:
      break;
  }
  return StandingState::kRunning;
}

Standing standing_of(const std::string& schema, const Progress& progress, const OpenStep* open) {
  Standing standing;
  standing.schema = schema;
  standing.version = progress.version;
  standing.state = resting_state(progress);
  for (const auto* keys : {&progress.running, &progress.expanded, &progress.pending}) {
    standing.pending.insert(standing.pending.end(), keys->begin(), keys->end());
  }
  std::sort(standing.pending.begin(), standing.pending.end(),
            [](const std::string& a, const std::string& b) {
              return core::MigrationId::from_key(a) < core::MigrationId::from_key(b);
            });
  if (open != nullptr) {
    standing.state = state_of(open->state);
    standing.step = open->step;
    standing.sqlstate = open->sqlstate;
    standing.error = open->message;
    standing.hint = open->hint;
    standing.rows = open->rows;
    standing.since = open->since;
  }
  return standing;
}

/// Of several open steps the worst one is shown.
std::map<std::string, OpenStep> worst_by_tenant(std::vector<OpenStep> steps) {
  std::map<std::string, OpenStep> worst;
  for (OpenStep& step : steps) {
    const auto known = worst.find(step.tenant);
    if (known == worst.end()) {
      worst.emplace(step.tenant, std::move(step));
    } else if (state_of(known->second.state) < state_of(step.state)) {
      known->second = std::move(step);
    }
  }
  return worst;
}

const OpenStep* find_open(const std::map<std::string, OpenStep>& open, const std::string& tenant) {
  const auto found = open.find(tenant);
  return found == open.end() ? nullptr : &found->second;
}

std::string head_of(const Files& files) {
  std::optional<core::Version> head;
  for (const planner::Recognised& file : files) {
    const auto& version = file.migration->id.version;
    if (version && (!head || *head < *version)) {
      head = version;
    }
  }
  return head ? head->text() : std::string();
}

bool shares(const Survey& survey, const Files& files) {
  return !survey.shared.migrations.empty() ||
         std::any_of(files.begin(), files.end(), [](const planner::Recognised& file) {
           return file.migration->scope == core::Scope::kShared;
         });
}

}  // namespace

Status make_status(const Ports& ports, const FleetOptions& options, database::Session& session,
                   const Survey& survey, const Files& files) {
  Status status;
  status.head = head_of(files);
  status.ledger = survey.ledger;
  status.missing = survey.missing;
  status.files = judge_files(survey, files, options.out_of_order);
  std::map<std::string, OpenStep> open;
  if (survey.ledger) {
    open = worst_by_tenant(ports.ledger.open_steps(session));
  }
  std::map<std::string, Standing> by_name;
  for (const database::Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files, core::Scope::kTenant);
    for (const database::LedgerTenant& tenant : profile.tenants) {
      by_name.emplace(tenant.name,
                      standing_of(tenant.name, progress, find_open(open, tenant.name)));
    }
  }
  for (const std::string& tenant : survey.tenants) {
    status.tenants.push_back(std::move(by_name.at(tenant)));
  }
  if (shares(survey, files)) {
    const std::string name(database::kSharedTenant);
    status.shared = standing_of(name, progress_of(survey.shared, files, core::Scope::kShared),
                                find_open(open, name));
  }
  return status;
}

}  // namespace lockstep::fleet
