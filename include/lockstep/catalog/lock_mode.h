#pragma once

#include <optional>
#include <string_view>

namespace lockstep::catalog {

/// PostgreSQL's table-level lock modes, weakest first (documentation, "Explicit Locking").
enum class LockMode {
  kAccessShare,
  kRowShare,
  kRowExclusive,
  kShareUpdateExclusive,
  kShare,
  kShareRowExclusive,
  kExclusive,
  kAccessExclusive,
};

/// PostgreSQL's name, as in pg_locks: "AccessExclusiveLock".
std::string_view to_string(LockMode mode) noexcept;
std::optional<LockMode> lock_mode_from(std::string_view name) noexcept;
/// As LOCK TABLE takes it: "ACCESS EXCLUSIVE".
std::string_view sql_words(LockMode mode) noexcept;

/// The documentation's conflict table.
bool conflict(LockMode a, LockMode b) noexcept;
/// Conflicts with AccessShare, which every SELECT takes.
bool blocks_reads(LockMode mode) noexcept;
/// Conflicts with RowExclusive, which INSERT, UPDATE and DELETE take.
bool blocks_writes(LockMode mode) noexcept;

}  // namespace lockstep::catalog
