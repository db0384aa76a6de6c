#include "repair.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/error.h"
#include "registration.h"

namespace lockstep::fleet {

using database::RecordedMigration;
using database::TenantMigration;

namespace {

constexpr std::size_t kMostNamed = 5;

/// "t7", "t7, t8 and 12 more".
std::string some_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kMostNamed);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(shown);
  const std::string first = fmt::format("{}", fmt::join(names.begin(), end, ", "));
  return shown == names.size() ? first : fmt::format("{} and {} more", first, names.size() - shown);
}

bool is_shared(const std::vector<std::string>& names) {
  return names.size() == 1 && names.front() == database::kSharedTenant;
}

/// "3 tenants have", "1 tenant has", "the shared scope has".
std::string subject(const std::vector<std::string>& names, const char* one, const char* several) {
  if (is_shared(names)) {
    return fmt::format("the shared scope {}", one);
  }
  return names.size() == 1 ? fmt::format("1 tenant {}", one)
                           : fmt::format("{} tenants {}", names.size(), several);
}

}  // namespace

Spread spread_of(const Survey& survey, const std::string& key, core::Scope scope) {
  Spread spread;
  const core::MigrationId id = core::MigrationId::from_key(key);
  const auto look = [&](const database::Profile& profile) {
    const TenantMigration* row = row_of(profile, id);
    std::vector<std::string>& names = row == nullptr || !row->begun ? spread.not_begun
                                      : over(row->state)            ? spread.finished
                                                                    : spread.half_way;
    for (const database::LedgerTenant& tenant : profile.tenants) {
      names.push_back(tenant.name);
    }
  };
  if (scope == core::Scope::kShared) {
    look(survey.shared);
  } else {
    std::for_each(survey.profiles.begin(), survey.profiles.end(), look);
  }
  return spread;
}

std::string in_words(const Spread& spread) {
  std::vector<std::string> parts;
  if (!spread.finished.empty()) {
    parts.push_back(subject(spread.finished, "has", "have") + " finished it");
  }
  if (!spread.half_way.empty()) {
    parts.push_back(
        subject(spread.half_way, "is", "are") + " half way" +
        (is_shared(spread.half_way) ? std::string() : " (" + some_of(spread.half_way) + ")"));
  }
  if (!spread.not_begun.empty()) {
    parts.push_back(subject(spread.not_begun, "has", "have") + " not begun it");
  }
  if (parts.size() < 2) {
    return parts.empty() ? std::string() : parts.front();
  }
  return fmt::format("{} and {}", fmt::join(parts.begin(), parts.end() - 1, ", "), parts.back());
}

namespace {

/// Some have what others have not, or are in the middle of it.
bool is_apart(const Spread& spread) {
  return !spread.half_way.empty() || (!spread.finished.empty() && !spread.not_begun.empty());
}

/// Some tenant that exists, or once did, has a text that is neither the recorded one nor the
/// file's: two runs had begun it at the same moment.
bool half_way_with_another(const Survey& survey, const std::string& key,
                           const std::string& checksum) {
  const core::MigrationId id = core::MigrationId::from_key(key);
  const auto look = [&](const database::Profile& profile) {
    const TenantMigration* row = row_of(profile, id);
    return row != nullptr && row->begun && !over(row->state) && row->checksum != checksum;
  };
  return look(survey.shared) || std::any_of(survey.profiles.begin(), survey.profiles.end(), look);
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
    AcceptedEdit edit{verdict.migration, false,
                      spread_of(survey_, verdict.migration, before.scope)};
    const bool edited = before.checksum != file.checksum;
    edit.same_statements = edited && before.scope == file.scope &&
                           migration::says_the_same(file, before.source, variables_);
    const bool apart = edited ? !edit.same_statements && is_apart(edit.standing)
                              : half_way_with_another(survey_, verdict.migration, file.checksum);
    if (apart && !request_.accept_different) {
      refusals_.push_back(
          {{verdict.file, 0, 0},
           fmt::format("{} says something else than the text that was begun, and {}: accepted,"
                       " those who have begun it keep the old text, and the others get the new one",
                       verdict.file, in_words(edit.standing)),
           "put the old text back (the ledger has it: table migration, column source), let"
           " everybody finish it, and make the change in a new migration; or, so that tenants "
           "differ"
           " from now on: lockstep repair --accept-different"});
      return;
    }
    RecordedMigration now = recorded_of(verdict.migration, file);
    repair_.edited.push_back(std::move(now));
    repair_.result.accepted.push_back(verdict.migration);
    repair_.result.edits.push_back(std::move(edit));
  }

  void forget(const FileVerdict& verdict) {
    const RecordedMigration& before = recorded(verdict.migration);
    const Spread standing = spread_of(survey_, verdict.migration, before.scope);
    if (is_apart(standing) && !request_.accept_different) {
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
