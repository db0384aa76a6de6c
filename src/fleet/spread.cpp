#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "repair.h"

// Who stands where with one migration, and with which text (declared in repair.h).

namespace lockstep::fleet {

using database::RecordedMigration;
using database::TenantMigration;

namespace {

constexpr std::size_t kMostNamed = 5;

bool is_shared(const std::vector<std::string>& names) {
  return names.size() == 1 && names.front() == database::kSharedTenant;
}

/// "t7", "t7, t8 and 12 more".
std::string some_of(const std::vector<std::string>& names) {
  if (is_shared(names)) {
    return "the shared scope";
  }
  const std::size_t shown = std::min(names.size(), kMostNamed);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(shown);
  const std::string first = fmt::format("{}", fmt::join(names.begin(), end, ", "));
  return shown == names.size() ? first : fmt::format("{} and {} more", first, names.size() - shown);
}

/// "3 tenants have", "1 tenant has", "the shared scope has".
std::string subject(const std::vector<std::string>& names, const char* one, const char* several) {
  if (is_shared(names)) {
    return fmt::format("the shared scope {}", one);
  }
  return names.size() == 1 ? fmt::format("1 tenant {}", one)
                           : fmt::format("{} tenants {}", names.size(), several);
}

/// "7 tenants are half way (t1, t2, t3, t4, t5 and 2 more)".
std::string counted(const std::vector<std::string>& names, const char* one, const char* several) {
  return subject(names, one, several) +
         (is_shared(names) ? std::string() : " (" + some_of(names) + ")");
}

}  // namespace

Spread spread_of(const Survey& survey, const RecordedMigration& recorded,
                 const std::string& checksum) {
  Spread spread;
  const core::MigrationId id = core::MigrationId::from_key(recorded.key);
  const auto look = [&](const database::Profile& profile) {
    const TenantMigration* row = row_of(profile, id);
    const bool begun = row != nullptr && !row->only_stored();
    std::vector<std::string>& names = !begun        ? spread.not_begun
                                      : row->over() ? spread.finished
                                                    : spread.half_way;
    for (const database::LedgerTenant& tenant : profile.tenants) {
      names.push_back(tenant.name);
      if (begun && row->checksum == checksum) {
        spread.with_new_text.push_back(tenant.name);
      } else if (begun && row->checksum != recorded.checksum) {
        spread.with_third_text.push_back(tenant.name);
      }
    }
  };
  if (recorded.scope == core::Scope::kShared) {
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
    parts.push_back(counted(spread.half_way, "is half way", "are half way"));
  }
  if (!spread.not_begun.empty()) {
    parts.push_back(subject(spread.not_begun, "has", "have") + " not begun it");
  }
  std::string text =
      parts.size() < 2
          ? fmt::format("{}", fmt::join(parts, ""))
          : fmt::format("{} and {}", fmt::join(parts.begin(), parts.end() - 1, ", "), parts.back());
  if (!spread.with_third_text.empty()) {
    text += "; with neither the recorded text nor this one: " + some_of(spread.with_third_text);
  }
  return text;
}

}  // namespace lockstep::fleet
