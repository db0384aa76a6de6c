#include "repair.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "registration.h"
#include "way_out.h"

namespace lockstep::fleet {

using database::RecordedMigration;

namespace {

/// Accepted, some would have what others have not, or are in the middle of it: those who keep the
/// old text, beside those who get, or have, the new one.
bool is_apart(const Spread& spread, bool same_statements) {
  if (!spread.with_third_text.empty()) {
    return true;
  }
  if (same_statements) {
    return false;
  }
  const std::set<std::string> newer(spread.with_new_text.begin(), spread.with_new_text.end());
  const auto any_older = [&](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return !newer.contains(name); });
  };
  return any_older(spread.half_way) ||
         (any_older(spread.finished) && (!newer.empty() || !spread.not_begun.empty()));
}

class Repairing {
 public:
  Repairing(const Survey& survey, const std::vector<RecordedMigration>& recorded,
            const Files& files, const migration::Variables& variables, const RepairRequest& request)
      : survey_(survey),
        recorded_(recorded),
        files_(files),
        variables_(variables),
        request_(request) {}

  Repair run() {
    for (const FileVerdict& verdict : judge_files(survey_, files_, true)) {
      if (verdict.kind == FileVerdict::Kind::kEdited) {
        accept(verdict);
      } else if (verdict.kind == FileVerdict::Kind::kDeleted && request_.forget_deleted) {
        forget(verdict);
      }
    }
    if (request_.forget_deleted) {
      forget_void();
    }
    if (!refusals_.empty()) {
      throw core::Refused(std::move(refusals_));
    }
    return std::move(repair_);
  }

 private:
  const RecordedMigration& recorded(const std::string& key) const {
    const core::MigrationId id = core::MigrationId::from_key(key);
    return *std::find_if(recorded_.begin(), recorded_.end(), [&](const RecordedMigration& each) {
      return core::MigrationId::from_key(each.key) == id;
    });
  }

  void accept(const FileVerdict& verdict) {
    const migration::Migration& file = *find_file(files_, verdict.migration)->migration;
    const RecordedMigration& before = recorded(verdict.migration);
    AcceptedEdit edit{verdict.migration, false, spread_of(survey_, before, file.checksum)};
    edit.same_statements =
        before.scope == file.scope && (before.checksum == file.checksum ||
                                       migration::says_the_same(file, before.source, variables_));
    if (is_apart(edit.standing, edit.same_statements) && !request_.accept_different) {
      refusals_.push_back(
          {{verdict.file, 0, 0},
           fmt::format("{} says something else than the text that was begun, and {}: accepted,"
                       " those who have begun it keep the old text, and the others get the new one",
                       verdict.file, in_words(edit.standing)),
           "put the old text back (the ledger has it: table migration, column source), let"
           " everybody finish it, and make the change in a new migration; or, so that tenants "
           "differ"
           " from now on: lockstep repair --accept-different; where nothing makes a step of those"
           " that are half way succeed: " +
               taking_back(verdict.migration, files_)});
      return;
    }
    RecordedMigration now = recorded_of(verdict.migration, file);
    repair_.edited.push_back(std::move(now));
    repair_.result.accepted.push_back(verdict.migration);
    repair_.result.edits.push_back(std::move(edit));
  }

  void forget(const FileVerdict& verdict) {
    const RecordedMigration& before = recorded(verdict.migration);
    const Spread standing = spread_of(survey_, before, before.checksum);
    const bool all_or_none =
        standing.half_way.empty() && (standing.finished.empty() || standing.not_begun.empty());
    if (!all_or_none && !request_.accept_different) {
      refusals_.push_back(
          {{},
           fmt::format("migration {} ({}) cannot be forgotten without a trace: {}", before.key,
                       before.name, in_words(standing)),
           "bring the file back and let everybody finish it; or, so that tenants differ from now"
           " on: lockstep repair --forget-deleted --accept-different"});
      return;
    }
    repair_.result.forgotten.push_back(verdict.migration);
  }

  /// Steps that are stored at most are in nobody's way, and are forgotten along with the rest.
  void forget_void() {
    for (const RecordedMigration& each : recorded_) {
      if (!each.begun && find_file(files_, each.key) == nullptr) {
        repair_.result.forgotten.push_back(each.key);
      }
    }
  }

  const Survey& survey_;
  const std::vector<RecordedMigration>& recorded_;
  const Files& files_;
  const migration::Variables& variables_;
  const RepairRequest& request_;
  Repair repair_;
  core::Problems refusals_;
};

}  // namespace

Repair repair_of(const Survey& everybody, const std::vector<RecordedMigration>& recorded,
                 const Files& files, const migration::Variables& variables,
                 const RepairRequest& request) {
  return Repairing(everybody, recorded, files, variables, request).run();
}

}  // namespace lockstep::fleet
