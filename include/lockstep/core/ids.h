#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::core {

/// A migration's version: the leading digits of its file name. Kept as written ("0007") and
/// compared as a number of any length, so 7 and 0007 are the same version.
class Version {
 public:
  Version() = default;  ///< "0", before every migration

  /// Nothing unless `digits` is one or more ASCII digits.
  static std::optional<Version> parse(std::string_view digits);

  const std::string& text() const noexcept { return text_; }

  friend bool operator==(const Version& a, const Version& b) noexcept {
    return (a <=> b) == std::strong_ordering::equal;
  }
  friend std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept;

 private:
  std::string text_ = "0";
};

/// The name a migration goes by in plans, ledgers and reports: a version ("0007"), or for a
/// repeatable file "R:" and its name ("R:search_functions"). Versioned ones sort before
/// repeatable ones. A versioned one is known by its version alone: a renamed file is the same
/// migration.
struct MigrationId {
  std::optional<Version> version;  ///< nothing for a repeatable
  std::string name;                ///< "require_phone"

  /// "0007" or "R:search_functions": the form stored and printed.
  std::string key() const;
  /// The other way round; the name of a versioned one is not in its key. Throws std::logic_error
  /// for what key() never gives.
  static MigrationId from_key(std::string_view key);

  friend bool operator==(const MigrationId& a, const MigrationId& b) noexcept {
    return (a <=> b) == std::strong_ordering::equal;
  }
  friend std::strong_ordering operator<=>(const MigrationId& a, const MigrationId& b) noexcept;
};

}  // namespace lockstep::core
