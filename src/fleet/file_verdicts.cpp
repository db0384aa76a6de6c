#include <algorithm>

#include <fmt/format.h>

#include "repair.h"
#include "survey.h"
#include "way_out.h"

// Files that were edited, deleted, or came too late (declared in survey.h).

namespace lockstep::fleet {

using core::MigrationId;
using database::TenantMigration;

namespace {

/// One that stands there, for people.
std::string place_of(const database::Profile& profile) {
  const bool shared =
      profile.tenants.empty() || profile.tenants.front().name == database::kSharedTenant;
  return shared ? "the shared scope" : profile.tenants.front().name;
}

std::string who_has(const Spread& standing) {
  const std::string words = in_words(standing);
  return standing.finished.empty() && standing.half_way.empty()
             ? "it was begun in tenants that are gone, or not selected" +
                   (words.empty() ? words : "; " + words)
             : words;
}

void judge_recorded(const Survey& survey, const Files& files, std::vector<FileVerdict>& verdicts) {
  for (const database::RecordedMigration& recorded : survey.recorded) {
    if (!recorded.begun) {
      continue;  // steps that are stored at most: as good as none, with a file or without
    }
    const planner::Recognised* file = find_file(files, recorded.key);
    if (file == nullptr) {
      const Spread standing = spread_of(survey, recorded, recorded.checksum);
      verdicts.push_back(
          {FileVerdict::Kind::kDeleted, recorded.key, "",
           fmt::format("migration {} ({}) was applied, and its file is gone{}", recorded.key,
                       recorded.name, standing.half_way.empty() ? "" : "; " + in_words(standing)),
           standing.half_way.empty()
               ? "bring the file back, or forget the migration: lockstep repair --forget-deleted"
               : "bring the file back and let everybody finish it; where nothing makes a step"
                 " succeed: " +
                     taking_back(recorded.key, files)});
    } else if (!recorded.repeatable() && file->migration->checksum != recorded.checksum) {
      const Spread standing = spread_of(survey, recorded, file->migration->checksum);
      verdicts.push_back(
          {FileVerdict::Kind::kEdited, recorded.key, file->migration->file,
           fmt::format("{} was edited after it was applied: its checksum is {:.8}, and {:.8}"
                       " was applied; with that text {}",
                       file->migration->file, file->migration->checksum, recorded.checksum,
                       who_has(standing)),
           standing.half_way.empty()
               ? "undo the edit and write a new migration, or accept it as it is: lockstep repair"
               : "put the old text back, mend what stops those that are half way, and change the"
                 " rest in a new migration; an edit that says the same: lockstep repair; where"
                 " nothing makes a step succeed: " +
                     taking_back(recorded.key, files)});
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
          file->migration->checksum == row.checksum || row.only_stored() ||
          !told.insert(row.migration).second) {
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
