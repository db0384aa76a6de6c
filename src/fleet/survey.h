#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/fleet/fleet.h"

namespace lockstep::fleet {

/// What the ledger says of the selected tenants, read in a few queries. A value.
struct Survey {
  bool ledger = false;
  std::vector<std::string> tenants;  ///< selected and existing, in rollout order
  std::vector<std::string> missing;  ///< selected, but there is no such schema
  std::vector<database::RecordedMigration> recorded;
  std::vector<database::Profile> profiles;  ///< of `tenants`
  database::Profile shared;                 ///< its one tenant is the shared scope
};

Survey take_survey(const Ports& ports, const FleetOptions& options, database::Session& session,
                   database::CatalogReader& catalog);

/// How one profile stands against the files of its scope. Keys are the files'.
struct Progress {
  std::vector<std::string>
      pending;  ///< never begun (a repeatable: or changed since), in file order
  std::vector<std::string> running;   ///< expand steps left; in file order, then without a file
  std::vector<std::string> expanded;  ///< contract steps left
  std::string version;                ///< highest version that is at least expanded; may be empty

  bool current() const noexcept { return pending.empty() && running.empty() && expanded.empty(); }
};

Progress progress_of(const database::Profile& profile, const Files& files, core::Scope scope);

/// Files that were edited, deleted, or came too late.
std::vector<FileVerdict> judge_files(const Survey& survey, const Files& files, bool out_of_order);
core::Problems as_refusals(const std::vector<FileVerdict>& verdicts);

/// The file with that key; a version counts as a number. Nothing if there is none.
const planner::Recognised* find_file(const Files& files, const std::string& key);

}  // namespace lockstep::fleet
