#include "survey.h"

#include <algorithm>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/text/nearest.h"

namespace lockstep::fleet {

using core::MigrationId;
using database::MigrationState;
using database::TenantMigration;

const TenantMigration* row_of(const database::Profile& profile, const MigrationId& id) {
  const auto found = std::find_if(
      profile.migrations.begin(), profile.migrations.end(),
      [&](const TenantMigration& row) { return MigrationId::from_key(row.migration) == id; });
  return found == profile.migrations.end() ? nullptr : &*found;
}

bool over(MigrationState state) noexcept {
  return state == MigrationState::kDone || state == MigrationState::kBaseline;
}

namespace {

void note(Progress& progress, const migration::Migration& file, const TenantMigration* row) {
  const std::string key = file.id.key();
  const bool changed =
      row != nullptr && file.repeatable() && over(row->state) && row->checksum != file.checksum;
  if (row == nullptr || changed) {
    progress.pending.push_back(key);
  } else if (row->state == MigrationState::kRunning) {
    progress.running.push_back(key);
  } else if (row->state == MigrationState::kExpanded) {
    progress.expanded.push_back(key);
  }
}

void note_without_file(Progress& progress, const TenantMigration& row) {
  if (row.state == MigrationState::kRunning) {
    progress.running.push_back(row.migration);
  } else if (row.state == MigrationState::kExpanded) {
    progress.expanded.push_back(row.migration);
  }
}

std::string highest_expanded(const database::Profile& profile) {
  std::optional<core::Version> highest;
  for (const TenantMigration& row : profile.migrations) {
    const MigrationId id = MigrationId::from_key(row.migration);
    if (id.version && row.state != MigrationState::kRunning &&
        (!highest || *highest < *id.version)) {
      highest = id.version;
    }
  }
  return highest ? highest->text() : std::string();
}

/// The last version of which nothing, and before which nothing, is left.
std::string reached(const database::Profile& profile, const Progress& progress) {
  std::optional<core::Version> first_left;
  for (const auto* keys : {&progress.pending, &progress.running, &progress.expanded}) {
    for (const std::string& key : *keys) {
      const MigrationId id = MigrationId::from_key(key);
      if (id.version && (!first_left || *id.version < *first_left)) {
        first_left = id.version;
      }
    }
  }
  std::optional<core::Version> highest;
  for (const TenantMigration& row : profile.migrations) {
    const MigrationId id = MigrationId::from_key(row.migration);
    if (id.version && over(row.state) && (!first_left || *id.version < *first_left) &&
        (!highest || *highest < *id.version)) {
      highest = id.version;
    }
  }
  return highest ? highest->text() : std::string();
}

}  // namespace

Survey take_survey(const Ports& ports, const FleetOptions& options, database::Session& session,
                   database::CatalogReader& catalog) {
  Survey survey;
  const std::vector<std::string> selected = discover_tenants(session, options.tenants);
  if (std::find(selected.begin(), selected.end(), ports.ledger.schema()) != selected.end()) {
    throw core::InvalidInput(
        fmt::format("ledger_schema is {}, which is a tenant's schema", ports.ledger.schema()),
        "Give the ledger a schema of its own, or exclude this one from the tenants.");
  }
  std::vector<std::string> asked = selected;
  asked.emplace_back(database::kSharedTenant);
  std::optional<database::Ledger::Overview> overview = ports.ledger.overview(session, asked);
  survey.ledger = overview.has_value();
  if (!overview) {
    database::Profile everybody;
    for (const database::TenantSchema& schema : catalog.existing(selected)) {
      everybody.tenants.push_back({0, schema.name, schema.oid});
    }
    std::set<std::string> existing;
    for (const database::LedgerTenant& tenant : everybody.tenants) {
      existing.insert(tenant.name);
    }
    for (const std::string& name : selected) {
      (existing.contains(name) ? survey.tenants : survey.missing).push_back(name);
    }
    if (!everybody.tenants.empty()) {
      survey.profiles.push_back(std::move(everybody));
    }
    survey.shared.tenants.push_back({0, std::string(database::kSharedTenant), 0});
    return survey;
  }
  survey.recorded = std::move(overview->migrations);
  survey.open_steps = overview->open_steps;
  database::Profiles& found = overview->profiles;
  survey.missing = std::move(found.missing);
  const std::set<std::string> missing(survey.missing.begin(), survey.missing.end());
  std::copy_if(selected.begin(), selected.end(), std::back_inserter(survey.tenants),
               [&](const std::string& name) { return !missing.contains(name); });
  for (database::Profile& profile : found.profiles) {
    const auto shared = std::find_if(
        profile.tenants.begin(), profile.tenants.end(),
        [](const database::LedgerTenant& t) { return t.name == database::kSharedTenant; });
    if (shared != profile.tenants.end()) {
      survey.shared = database::Profile{profile.migrations, {*shared}};
      profile.tenants.erase(shared);
    }
    if (!profile.tenants.empty()) {
      survey.profiles.push_back(std::move(profile));
    }
  }
  return survey;
}

void refuse_unknown_names(const Ports& ports, const FleetOptions& options,
                          database::Session& session, const Survey& survey) {
  if (survey.missing.empty() || !options.tenants.is_list()) {
    return;
  }
  const std::set<std::string> known =
      survey.ledger ? ports.ledger.known_names(session, survey.missing) : std::set<std::string>{};
  const std::vector<std::string> schemas = existing_schemas(session);
  core::Problems problems;
  for (const std::string& name : survey.missing) {
    if (known.contains(name)) {
      continue;
    }
    const std::optional<std::string> meant = text::nearest(name, schemas);
    problems.push_back(
        {{},
         fmt::format("tenants.schemas lists \"{}\", and there is no such schema", name),
         meant ? fmt::format("did you mean \"{}\"?", *meant)
               : "create the schema, or take the name out of the list"});
  }
  if (!problems.empty()) {
    throw core::InvalidInput(std::move(problems));
  }
}

Progress progress_of(const database::Profile& profile, const Files& files, core::Scope scope) {
  Progress progress;
  for (const planner::Recognised& file : files) {
    if (file.migration->scope == scope) {
      note(progress, *file.migration, row_of(profile, file.migration->id));
    }
  }
  for (const TenantMigration& row : profile.migrations) {
    if (find_file(files, row.migration) == nullptr) {
      note_without_file(progress, row);
    }
  }
  progress.version = reached(profile, progress);
  progress.newest = highest_expanded(profile);
  return progress;
}

bool reached(const Progress& progress, PhaseChoice phase) noexcept {
  const bool expanded = progress.pending.empty() && progress.running.empty();
  const bool contracted = progress.running.empty() && progress.expanded.empty();
  switch (phase) {
    case PhaseChoice::kExpand:
      return expanded;
    case PhaseChoice::kContract:
      return contracted;
    case PhaseChoice::kAll:
      break;
  }
  return expanded && contracted;
}

bool Goal::leaves_out(const std::string& key) const {
  const MigrationId id = MigrationId::from_key(key);
  return last && id.version && *last < *id.version && find_file(files, key) == nullptr;
}

Goal goal_of(const Files& files, const plan::Plan* saved) {
  Goal goal;
  for (const planner::Recognised& file : files) {
    const MigrationId& id = file.migration->id;
    const bool wanted =
        saved == nullptr || std::any_of(saved->migrations.begin(), saved->migrations.end(),
                                        [&](const plan::PlannedMigration& migration) {
                                          return MigrationId::from_key(migration.version) == id;
                                        });
    if (!wanted) {
      continue;
    }
    goal.files.push_back({});
    goal.files.back().migration = file.migration;
    if (saved != nullptr && id.version && (!goal.last || *goal.last < *id.version)) {
      goal.last = id.version;
    }
  }
  return goal;
}

Progress progress_of(const database::Profile& profile, const Goal& goal, core::Scope scope) {
  Progress progress = progress_of(profile, goal.files, scope);
  for (auto* keys : {&progress.running, &progress.expanded}) {
    std::erase_if(*keys, [&](const std::string& key) { return goal.leaves_out(key); });
  }
  return progress;
}

std::set<std::string> left_out(const database::Profile& profile, const Goal& goal) {
  std::set<std::string> keys;
  for (const TenantMigration& row : profile.migrations) {
    if (!over(row.state) && goal.leaves_out(row.migration)) {
      keys.insert(row.migration);
    }
  }
  return keys;
}

std::set<std::string> short_of(PhaseChoice phase, const Survey& survey, const Goal& goal) {
  std::set<std::string> names;
  for (const database::Profile& profile : survey.profiles) {
    if (!reached(progress_of(profile, goal, core::Scope::kTenant), phase)) {
      for (const database::LedgerTenant& tenant : profile.tenants) {
        names.insert(tenant.name);
      }
    }
  }
  if (!reached(progress_of(survey.shared, goal, core::Scope::kShared), phase)) {
    names.emplace(database::kSharedTenant);
  }
  return names;
}

const planner::Recognised* find_file(const Files& files, const std::string& key) {
  const MigrationId id = MigrationId::from_key(key);
  const auto found = std::find_if(files.begin(), files.end(), [&](const planner::Recognised& file) {
    return file.migration->id == id;
  });
  return found == files.end() ? nullptr : &*found;
}

namespace {

/// One that stands there, for people.
std::string place_of(const database::Profile& profile) {
  const bool shared =
      profile.tenants.empty() || profile.tenants.front().name == database::kSharedTenant;
  return shared ? "the shared scope" : profile.tenants.front().name;
}

void judge_recorded(const Survey& survey, const Files& files, std::vector<FileVerdict>& verdicts) {
  for (const database::RecordedMigration& recorded : survey.recorded) {
    if (!recorded.applied) {
      continue;
    }
    const planner::Recognised* file = find_file(files, recorded.key);
    if (file == nullptr) {
      verdicts.push_back(
          {FileVerdict::Kind::kDeleted, recorded.key, "",
           fmt::format("migration {} ({}) was applied, and its file is gone", recorded.key,
                       recorded.name),
           "bring the file back, or forget the migration: lockstep repair --forget-deleted"});
    } else if (!recorded.repeatable() && file->migration->checksum != recorded.checksum) {
      verdicts.push_back(
          {FileVerdict::Kind::kEdited, recorded.key, file->migration->file,
           fmt::format("{} was edited after it was applied: its checksum is {:.8}, and {:.8}"
                       " was applied",
                       file->migration->file, file->migration->checksum, recorded.checksum),
           "undo the edit and write a new migration, or accept it as it is: lockstep repair"});
    }
  }
}

/// Two runners with different files may have begun one migration at the same moment: then tenants
/// have texts that the recorded one does not speak of.
void judge_texts(const Survey& survey, const Files& files, std::vector<FileVerdict>& verdicts) {
  std::set<std::string> told;
  for (const FileVerdict& verdict : verdicts) {
    told.insert(verdict.migration);
  }
  const auto judge = [&](const database::Profile& profile) {
    for (const TenantMigration& row : profile.migrations) {
      const planner::Recognised* file = find_file(files, row.migration);
      if (file == nullptr || file->migration->repeatable() ||
          file->migration->checksum == row.checksum || !told.insert(row.migration).second) {
        continue;
      }
      verdicts.push_back(
          {FileVerdict::Kind::kEdited, row.migration, file->migration->file,
           fmt::format("{} is not what was applied in {}: its checksum is {:.8}, and {:.8} was"
                       " applied there",
                       file->migration->file, place_of(profile), file->migration->checksum,
                       row.checksum),
           "compare them (the ledger keeps the text that was recorded), mend that tenant with a new"
           " migration, and accept the file as it is: lockstep repair"});
    }
  };
  std::for_each(survey.profiles.begin(), survey.profiles.end(), judge);
  judge(survey.shared);
}

class OrderJudge {
 public:
  OrderJudge(const Survey& survey, const Files& files, std::vector<FileVerdict>& verdicts)
      : survey_(survey), files_(files), verdicts_(verdicts) {}

  void run() {
    const Progress shared = progress_of(survey_.shared, files_, core::Scope::kShared);
    Reached highest = reached_by(survey_.shared, shared);
    for (const database::Profile& profile : survey_.profiles) {
      const Progress progress = progress_of(profile, files_, core::Scope::kTenant);
      const Reached here = reached_by(profile, progress);
      judge(progress, here);
      if (here.version && (!highest.version || *highest.version < *here.version)) {
        highest = here;
      }
    }
    // Shared expand runs before any tenant's step of a later version (RULES.md 7).
    judge(shared, highest);
  }

 private:
  struct Reached {
    std::optional<core::Version> version;
    std::string by;
  };

  static Reached reached_by(const database::Profile& profile, const Progress& progress) {
    return {core::Version::parse(progress.newest), place_of(profile)};
  }

  void judge(const Progress& progress, const Reached& highest) {
    for (const std::string& key : progress.pending) {
      const MigrationId id = MigrationId::from_key(key);
      if (highest.version && id.version && *id.version < *highest.version &&
          told_.insert(key).second) {
        const std::string& file = find_file(files_, key)->migration->file;
        verdicts_.push_back({FileVerdict::Kind::kOutOfOrder, key, file,
                             fmt::format("{} is older than {}, which {} has already", file,
                                         highest.version->text(), highest.by),
                             "give it a later version, or run it all the same: --out-of-order"});
      }
    }
  }

  const Survey& survey_;
  const Files& files_;
  std::vector<FileVerdict>& verdicts_;
  std::set<std::string> told_;
};

}  // namespace

std::vector<FileVerdict> judge_files(const Survey& survey, const Files& files, bool out_of_order) {
  std::vector<FileVerdict> verdicts;
  judge_recorded(survey, files, verdicts);
  judge_texts(survey, files, verdicts);
  if (!out_of_order) {
    OrderJudge(survey, files, verdicts).run();
  }
  return verdicts;
}

core::Problems as_refusals(const std::vector<FileVerdict>& verdicts) {
  core::Problems refusals;
  for (const FileVerdict& verdict : verdicts) {
    refusals.push_back({{verdict.file, 0, 0}, verdict.message, verdict.remedy});
  }
  return refusals;
}

}  // namespace lockstep::fleet
