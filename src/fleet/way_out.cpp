#include "way_out.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "lockstep/core/migration_key.h"
#include "repair.h"

namespace lockstep::fleet {

namespace {

/// The version that stays where this one and what comes after it are taken back; "0" for none.
std::string version_before(const core::MigrationId& id, const Files& files) {
  std::optional<core::Version> before;
  for (const planner::Recognised& file : files) {
    const auto& version = file.migration->id.version;
    if (version && id.version && *version < *id.version && (!before || *before < *version)) {
      before = version;
    }
  }
  return before ? before->text() : "0";
}

}  // namespace

std::string taking_back(const std::string& migration, const Files& files) {
  return fmt::format(
      "take it back in all tenants: lockstep rollback --to {1} (it names first what is lost by "
      "that, and is refused where contract has begun); then its file may be edited. Where it "
      "cannot be taken back: bring the tenant by hand to where it should be, delete the file, and "
      "run: lockstep repair --forget-deleted --accept-different. That forgets {0} in all tenants: "
      "what it did stays, its other steps never run anywhere, and what the ledger knows of it (its "
      "text, who has it) is lost. Then write a new migration, with IF EXISTS and IF NOT EXISTS, "
      "that brings everybody to the same structure",
      migration, version_before(core::MigrationId::from_key(migration), files));
}

std::string way_out(const std::string& migration, const Survey& survey, const Files& files) {
  const core::MigrationId id = core::MigrationId::from_key(migration);
  const auto recorded =
      std::find_if(survey.recorded.begin(), survey.recorded.end(),
                   [&](const auto& each) { return core::MigrationId::from_key(each.key) == id; });
  const planner::Recognised* file = find_file(files, migration);
  if (recorded == survey.recorded.end() || !recorded->begun || core::is_repeatable(migration)) {
    return file == nullptr ? std::string()
                           : fmt::format("{} may still be edited: {}", file->migration->file,
                                         core::is_repeatable(migration) ? "it is repeatable"
                                                                        : "no tenant has begun it");
  }
  return fmt::format(
      "An edit of {} would be refused: {}. Where nothing makes this step succeed: {}",
      file == nullptr ? migration : file->migration->file,
      in_words(spread_of(survey, *recorded, recorded->checksum)), taking_back(migration, files));
}

std::string joined(const std::string& hint, const std::string& another) {
  if (hint.empty() || another.empty()) {
    return hint + another;
  }
  return hint + (hint.back() == '.' ? " " : ". ") + another;
}

}  // namespace lockstep::fleet
