#pragma once

#include <string_view>

namespace lockstep::core {

/// Around a deploy (DESIGN.md 3): `expand` holds what the deployed application cannot notice,
/// `contract` what could break it.
enum class Phase { kExpand, kContract };

/// Where a migration runs: once in every tenant, or once per database.
enum class Scope { kTenant, kShared };

constexpr std::string_view to_string(Phase phase) noexcept {
  return phase == Phase::kExpand ? "expand" : "contract";
}
constexpr std::string_view to_string(Scope scope) noexcept {
  return scope == Scope::kTenant ? "tenant" : "shared";
}

}  // namespace lockstep::core
