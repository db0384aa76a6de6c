#include "lockstep/catalog/lock_mode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lockstep::catalog {

namespace {

using Mode = LockMode;

struct Row {
  std::string_view name;
  std::string_view words;
  /// The weakest mode it conflicts with. Conflicts form a staircase but for one step: everything
  /// from this mode on, except that ShareLock does not conflict with itself.
  Mode conflicts_from;
};

/// In the order of LockMode.
constexpr std::array<Row, 8> kModes = {{
    {"AccessShareLock", "ACCESS SHARE", Mode::kAccessExclusive},
    {"RowShareLock", "ROW SHARE", Mode::kExclusive},
    {"RowExclusiveLock", "ROW EXCLUSIVE", Mode::kShare},
    {"ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE", Mode::kShareUpdateExclusive},
    {"ShareLock", "SHARE", Mode::kRowExclusive},
    {"ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE", Mode::kRowExclusive},
    {"ExclusiveLock", "EXCLUSIVE", Mode::kRowShare},
    {"AccessExclusiveLock", "ACCESS EXCLUSIVE", Mode::kAccessShare},
}};

const Row& row(LockMode mode) noexcept {
  return kModes[static_cast<std::size_t>(mode)];
}

}  // namespace

std::string_view to_string(LockMode mode) noexcept {
  return row(mode).name;
}

std::optional<LockMode> lock_mode_from(std::string_view name) noexcept {
  const auto* found = std::find_if(kModes.begin(), kModes.end(),
                                   [name](const Row& candidate) { return candidate.name == name; });
  if (found == kModes.end()) return std::nullopt;
  return static_cast<LockMode>(found - kModes.begin());
}

std::string_view sql_words(LockMode mode) noexcept {
  return row(mode).words;
}

bool conflict(LockMode a, LockMode b) noexcept {
  if (a == Mode::kShare && b == Mode::kShare) return false;
  return b >= row(a).conflicts_from;
}

bool blocks_reads(LockMode mode) noexcept {
  return conflict(mode, Mode::kAccessShare);
}

bool blocks_writes(LockMode mode) noexcept {
  return conflict(mode, Mode::kRowExclusive);
}

}  // namespace lockstep::catalog
