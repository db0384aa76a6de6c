#pragma once

#include <string_view>

namespace lockstep::core {

/// What the key of a repeatable migration begins with, as MigrationId::key gives it.
inline constexpr std::string_view kRepeatableKey = "R:";

constexpr bool is_repeatable(std::string_view key) noexcept {
  return key.substr(0, kRepeatableKey.size()) == kRepeatableKey;
}

}  // namespace lockstep::core
