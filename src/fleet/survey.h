#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/fleet/fleet.h"

namespace lockstep::fleet {

/// What the ledger says of the selected tenants, read in two messages: who they are, and where they
/// stand. A value.
struct Survey {
  bool ledger = false;
  std::vector<std::string> tenants;  ///< selected and existing, in rollout order
  std::vector<std::string> missing;  ///< selected, but there is no such schema
  std::vector<database::RecordedMigration> recorded;
  std::vector<database::Profile> profiles;  ///< of `tenants`
  database::Profile shared;                 ///< its one tenant is the shared scope
  bool open_steps = false;                  ///< false: no step is failed, blocked or running
  /// What it tells of may be lost if the server crashes now: some run has not ended.
  bool unended_run = false;
};

Survey take_survey(const Ports& ports, const FleetOptions& options, database::Session& session,
                   database::CatalogReader& catalog);

/// A listed tenant that vanished is skipped; one that never was is a mistake in the configuration.
/// Throws core::InvalidInput with the names that were probably meant.
void refuse_unknown_names(const Ports& ports, const FleetOptions& options,
                          database::Session& session, const Survey& survey);

/// How one profile stands against the files of its scope. Keys are the files'.
struct Progress {
  /// Never begun, or to be planned anew (a repeatable: or changed since), in file order.
  std::vector<std::string> pending;
  std::vector<std::string> running;   ///< expand steps left; in file order, then without a file
  std::vector<std::string> expanded;  ///< contract steps left
  std::string version;  ///< all versions up to it are done, in both phases; may be empty
  std::string newest;   ///< highest version that is at least expanded; may be empty

  std::set<std::string> pending_keys() const { return {pending.begin(), pending.end()}; }
};

/// Whether its steps that are stored there are void: they are stored and not more (only_stored),
/// and its file, or that of an earlier migration of which the same is true, was edited since or is
/// gone. It is planned anew from the file it has, as if it had never been begun, or not at all.
bool planned_anew(const database::Profile& profile, const database::TenantMigration& row,
                  const Files& files);

/// The row of that migration; a version counts as a number. Nothing if it was never begun.
const database::TenantMigration* row_of(const database::Profile& profile,
                                        const core::MigrationId& id);

Progress progress_of(const database::Profile& profile, const Files& files, core::Scope scope);

/// Whether that phase lies behind who stands there. The one answer to what a run came to, what
/// `status` shows, and whether contract may begin.
bool reached(const Progress& progress, PhaseChoice phase) noexcept;

/// What a run brings its tenants to: all files, or with a saved plan exactly its migrations
/// (RULES.md 24).
struct Goal {
  Files files;      ///< without their operations
  Files of_folder;  ///< all of them, also those that the plan does not have; without operations
  /// The plan's last one: what others began after it is not this run's to finish.
  std::optional<core::Version> last;

  bool leaves_out(const std::string& key) const;
};
Goal goal_of(const Files& files, const plan::Plan* saved);
Progress progress_of(const database::Profile& profile, const Goal& goal, core::Scope scope);
/// What is stored there and not finished, and is left to others or planned anew.
std::set<std::string> left_out(const database::Profile& profile, const Goal& goal);

/// The names of all who have not reached it; kSharedTenant is the shared scope.
std::set<std::string> short_of(PhaseChoice phase, const Survey& survey, const Goal& goal);

/// Files that were edited, deleted, or came too late.
std::vector<FileVerdict> judge_files(const Survey& survey, const Files& files, bool out_of_order);
core::Problems as_refusals(const std::vector<FileVerdict>& verdicts);

/// The file with that key; a version counts as a number. Nothing if there is none.
const planner::Recognised* find_file(const Files& files, const std::string& key);

}  // namespace lockstep::fleet
