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

bool planned_anew(const database::Profile& profile, const TenantMigration& row,
                  const Files& files) {
  if (!row.only_stored()) {
    return false;
  }
  const MigrationId id = MigrationId::from_key(row.migration);
  const auto edited = [&](const TenantMigration& other) {
    const planner::Recognised* file = find_file(files, other.migration);
    return other.only_stored() && (file == nullptr || file->migration->checksum != other.checksum);
  };
  return std::any_of(profile.migrations.begin(), profile.migrations.end(),
                     [&](const TenantMigration& other) {
                       const MigrationId earlier = MigrationId::from_key(other.migration);
                       return (earlier == id || (earlier.version && earlier < id)) && edited(other);
                     });
}

namespace {

void note(Progress& progress, const migration::Migration& file, const TenantMigration* row,
          bool anew) {
  const std::string key = file.id.key();
  const bool changed =
      row != nullptr && file.repeatable() && row->over() && row->checksum != file.checksum;
  if (row == nullptr || changed || anew) {
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

std::string highest_expanded(const database::Profile& profile, const Files& files) {
  std::optional<core::Version> highest;
  for (const TenantMigration& row : profile.migrations) {
    const MigrationId id = MigrationId::from_key(row.migration);
    if (id.version && row.state != MigrationState::kRunning &&
        (!highest || *highest < *id.version) && !planned_anew(profile, row, files)) {
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
    if (id.version && row.over() && (!first_left || *id.version < *first_left) &&
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
  if (options.grace &&
      std::find(selected.begin(), selected.end(), options.grace->schema) != selected.end()) {
    throw core::InvalidInput(
        fmt::format("{} is where dropped tables are kept, and is selected as a tenant",
                    options.grace->schema),
        "Exclude it from the tenants.");
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
  survey.unended_run = overview->unended_run;
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

namespace {

/// `of_folder`: all files, also those that `files` leaves out.
Progress progress_among(const database::Profile& profile, const Files& files,
                        const Files& of_folder, core::Scope scope) {
  Progress progress;
  for (const planner::Recognised& file : files) {
    if (file.migration->scope == scope) {
      const TenantMigration* row = row_of(profile, file.migration->id);
      note(progress, *file.migration, row, row != nullptr && planned_anew(profile, *row, files));
    }
  }
  for (const TenantMigration& row : profile.migrations) {
    if (find_file(files, row.migration) == nullptr && !planned_anew(profile, row, of_folder)) {
      note_without_file(progress, row);
    }
  }
  progress.version = reached(profile, progress);
  progress.newest = highest_expanded(profile, of_folder);
  return progress;
}

}  // namespace

Progress progress_of(const database::Profile& profile, const Files& files, core::Scope scope) {
  return progress_among(profile, files, files, scope);
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
    goal.of_folder.push_back({});
    goal.of_folder.back().migration = file.migration;
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
  Progress progress = progress_among(profile, goal.files, goal.of_folder, scope);
  for (auto* keys : {&progress.running, &progress.expanded}) {
    std::erase_if(*keys, [&](const std::string& key) {
      const TenantMigration* row = row_of(profile, MigrationId::from_key(key));
      return goal.leaves_out(key) ||
             (row != nullptr && planned_anew(profile, *row, goal.of_folder));
    });
  }
  return progress;
}

std::set<std::string> left_out(const database::Profile& profile, const Goal& goal) {
  std::set<std::string> keys;
  for (const TenantMigration& row : profile.migrations) {
    if (!row.over() &&
        (goal.leaves_out(row.migration) || planned_anew(profile, row, goal.of_folder))) {
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

}  // namespace lockstep::fleet
