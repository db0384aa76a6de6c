#include "status.h"

#include <algorithm>
#include <set>

#include "denied.h"
#include "lockstep/core/sqlstate.h"
#include "way_out.h"

namespace lockstep::fleet {
namespace {

using database::OpenStep;
using database::StepState;

StandingState resting_state(const Progress& progress) {
  if (!reached(progress, PhaseChoice::kExpand)) {
    return StandingState::kPending;
  }
  return reached(progress, PhaseChoice::kAll) ? StandingState::kCurrent : StandingState::kExpanded;
}

/// The worst first.
int rank(StepState step) {
  switch (step) {
    case StepState::kFailed:
      return 0;
    case StepState::kBlocked:
      return 1;
    case StepState::kRunning:
      return 2;
    case StepState::kDone:
      break;
  }
  return 3;
}

/// Only who holds its lease works on a tenant: rows of a run that was killed say nothing of that.
/// Where leases cannot be seen, the rows are all there is.
StandingState state_of(const Progress& progress, const OpenStep* open, std::optional<bool> held) {
  const bool begun = !progress.running.empty() || open != nullptr;
  if (held.value_or(false) && !reached(progress, PhaseChoice::kAll)) {
    return StandingState::kRunning;
  }
  if (open != nullptr && open->state == StepState::kFailed) {
    return StandingState::kFailed;
  }
  if (open != nullptr && open->state == StepState::kBlocked) {
    return StandingState::kBlocked;
  }
  return !held && begun ? StandingState::kRunning : resting_state(progress);
}

Standing standing_of(const std::string& schema, const Progress& progress, const OpenStep* open,
                     std::optional<bool> held) {
  Standing standing;
  standing.schema = schema;
  standing.version = progress.version;
  standing.expand_left = !reached(progress, PhaseChoice::kExpand);
  standing.state = state_of(progress, open, held);
  standing.interrupted =
      (!progress.running.empty() || open != nullptr) &&
      (standing.state == StandingState::kPending || standing.state == StandingState::kExpanded);
  for (const auto* keys : {&progress.running, &progress.expanded, &progress.pending}) {
    standing.pending.insert(standing.pending.end(), keys->begin(), keys->end());
  }
  std::sort(standing.pending.begin(), standing.pending.end(),
            [](const std::string& a, const std::string& b) {
              return core::MigrationId::from_key(a) < core::MigrationId::from_key(b);
            });
  if (open != nullptr) {
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
std::map<std::int64_t, OpenStep> worst_by_tenant(std::vector<OpenStep> steps) {
  std::map<std::int64_t, OpenStep> worst;
  for (OpenStep& step : steps) {
    const auto known = worst.find(step.schema_oid);
    if (known == worst.end()) {
      worst.emplace(step.schema_oid, std::move(step));
    } else if (rank(step.state) < rank(known->second.state)) {
      known->second = std::move(step);
    }
  }
  return worst;
}

/// Then nobody works on anything, whoever holds a lease.
bool nothing_open(const Survey& survey, const Files& files) {
  const auto current = [&](const database::Profile& profile, core::Scope scope) {
    return reached(progress_of(profile, files, scope), PhaseChoice::kAll);
  };
  return !survey.open_steps && current(survey.shared, core::Scope::kShared) &&
         std::all_of(survey.profiles.begin(), survey.profiles.end(),
                     [&](const database::Profile& profile) {
                       return current(profile, core::Scope::kTenant);
                     });
}

/// What the ledger and the server say of work that is not finished, by the oid of the schema: a
/// schema that was dropped and made again is another tenant.
struct Work {
  std::map<std::int64_t, OpenStep> open;
  std::optional<std::set<std::int64_t>> held;
  std::optional<database::Pause> paused = {};

  const OpenStep* open_of(std::int64_t schema_oid) const {
    const auto found = open.find(schema_oid);
    return found == open.end() ? nullptr : &found->second;
  }
  std::optional<bool> held_of(std::int64_t schema_oid) const {
    return held ? std::optional(held->contains(schema_oid)) : std::nullopt;
  }
};

/// Their stored steps are void: nobody begins them again.
std::set<std::string> void_without_file(const Survey& survey, const Files& files) {
  std::set<std::string> keys;
  for (const database::RecordedMigration& recorded : survey.recorded) {
    if (!recorded.begun && find_file(files, recorded.key) == nullptr) {
      keys.insert(recorded.key);
    }
  }
  return keys;
}

Work read_work(const Ports& ports, database::Session& session, const Survey& survey,
               const Files& files) {
  std::vector<OpenStep> open = ports.ledger.open_steps(session);
  std::erase_if(open, [gone = void_without_file(survey, files)](const OpenStep& step) {
    return gone.contains(step.migration);
  });
  return {worst_by_tenant(std::move(open)), ports.lease.held(session, ports.ledger.schema()),
          ports.ledger.paused(session)};
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

bool not_permitted(const Standing& standing) {
  return standing.state == StandingState::kFailed &&
         standing.sqlstate == core::sqlstate::kInsufficientPrivilege;
}

/// `hints`: by tenant.
void say_what_permits(Status& status, const std::map<std::string, std::string>& hints) {
  const auto say = [&](Standing& standing) {
    if (not_permitted(standing)) {
      standing.hint = joined(standing.hint, hints.at(standing.schema));
    }
  };
  std::for_each(status.tenants.begin(), status.tenants.end(), say);
  if (status.shared) {
    say(*status.shared);
  }
}

}  // namespace

Status make_status(const Ports& ports, const FleetOptions& options, database::Session& session,
                   database::CatalogReader& catalog, const Survey& survey, const Files& files) {
  Status status;
  status.head = head_of(files);
  status.ledger = survey.ledger;
  status.missing = survey.missing;
  status.files = judge_files(survey, files, options.out_of_order);
  const Work work = survey.ledger && !nothing_open(survey, files)
                        ? read_work(ports, session, survey, files)
                        : Work{{}, std::set<std::int64_t>{}};
  status.paused = work.paused;
  std::map<std::string, std::string> ways_out;  // by migration
  std::vector<Denied> denied;
  const auto stand = [&](const std::string& name, const Progress& progress, std::int64_t oid) {
    const OpenStep* open = work.open_of(oid);
    Standing standing = standing_of(name, progress, open, work.held_of(oid));
    if (not_permitted(standing)) {
      denied.push_back({name, open->migration, open->step, open->message});
    } else if (standing.state == StandingState::kFailed) {
      const auto entry = ways_out.try_emplace(open->migration);
      if (entry.second) {
        entry.first->second = way_out(open->migration, survey, files);
      }
      standing.hint = joined(standing.hint, entry.first->second);
    }
    return standing;
  };
  std::map<std::string, Standing> by_name;
  for (const database::Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files, core::Scope::kTenant);
    for (const database::LedgerTenant& tenant : profile.tenants) {
      by_name.emplace(tenant.name, stand(tenant.name, progress, tenant.schema_oid));
    }
  }
  for (const std::string& tenant : survey.tenants) {
    status.tenants.push_back(std::move(by_name.at(tenant)));
  }
  if (shares(survey, files)) {
    status.shared = stand(std::string(database::kSharedTenant),
                          progress_of(survey.shared, files, core::Scope::kShared), 0);
  }
  if (!denied.empty()) {
    say_what_permits(status, permitting(ports, session, catalog, survey, denied));
  }
  return status;
}

}  // namespace lockstep::fleet
