#include "lockstep/core/ids.h"

#include <algorithm>
#include <compare>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "lockstep/core/migration_key.h"

namespace lockstep::core {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view without_leading_zeros(std::string_view digits) noexcept {
  const auto first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view() : digits.substr(first);
}

}  // namespace

std::optional<Version> Version::parse(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  Version version;
  version.text_ = digits;
  return version;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept {
  const auto left = without_leading_zeros(a.text_);
  const auto right = without_leading_zeros(b.text_);
  // Without leading zeros the longer number is the larger one.
  if (left.size() != right.size()) return left.size() <=> right.size();
  return left.compare(right) <=> 0;
}

std::string MigrationId::key() const {
  return version ? version->text() : std::string(kRepeatableKey) + name;
}

MigrationId MigrationId::from_key(std::string_view key) {
  if (is_repeatable(key)) {
    return {std::nullopt, std::string(key.substr(kRepeatableKey.size()))};
  }
  std::optional<Version> version = Version::parse(key);
  if (!version) throw std::logic_error("not the key of a migration: " + std::string(key));
  return {std::move(version), {}};
}

std::strong_ordering operator<=>(const MigrationId& a, const MigrationId& b) noexcept {
  if (a.version && b.version) return *a.version <=> *b.version;
  if (a.version) return std::strong_ordering::less;
  if (b.version) return std::strong_ordering::greater;
  return a.name.compare(b.name) <=> 0;
}

}  // namespace lockstep::core
