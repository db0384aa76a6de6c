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
  survey.ledger = ports.ledger.present(session);
  if (!survey.ledger) {
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
  survey.recorded = ports.ledger.migrations(session);
  std::vector<std::string> asked = selected;
  asked.emplace_back(database::kSharedTenant);
  database::Profiles found = ports.ledger.profiles(session, asked);
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

const planner::Recognised* find_file(const Files& files, const std::string& key) {
  const MigrationId id = MigrationId::from_key(key);
  const auto found = std::find_if(files.begin(), files.end(), [&](const planner::Recognised& file) {
    return file.migration->id == id;
  });
  return found == files.end() ? nullptr : &*found;
}

namespace {

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

void judge_order(const Survey& survey, const Files& files, std::vector<FileVerdict>& verdicts) {
  std::set<std::string> told;
  for (const database::Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files, core::Scope::kTenant);
    const std::optional<core::Version> highest = core::Version::parse(progress.newest);
    for (const std::string& key : progress.pending) {
      const MigrationId id = MigrationId::from_key(key);
      if (highest && id.version && *id.version < *highest && told.insert(key).second) {
        verdicts.push_back({FileVerdict::Kind::kOutOfOrder, key,
                            find_file(files, key)->migration->file,
                            fmt::format("{} is older than {}, which {} has already",
                                        find_file(files, key)->migration->file, progress.newest,
                                        profile.tenants.front().name),
                            "give it a later version, or run it all the same: --out-of-order"});
      }
    }
  }
}

}  // namespace

std::vector<FileVerdict> judge_files(const Survey& survey, const Files& files, bool out_of_order) {
  std::vector<FileVerdict> verdicts;
  judge_recorded(survey, files, verdicts);
  if (!out_of_order) {
    judge_order(survey, files, verdicts);
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
