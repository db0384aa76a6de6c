#pragma once

#include <span>
#include <string_view>

#include "lockstep/catalog/catalog.h"

// What scripts/generate-builtins read from servers.

namespace lockstep::catalog {

struct Builtin {
  std::string_view name;
  Volatility volatility;
};

/// Functions, procedures and aggregates of pg_catalog, sorted by name; each name once, with the
/// most volatile of its overloads.
std::span<const Builtin> builtin_functions() noexcept;

/// Types of pg_catalog by their internal name ("timestamptz"), sorted, with their input function's
/// volatility.
std::span<const Builtin> builtin_types() noexcept;

/// Tables and views of pg_catalog, sorted.
std::span<const std::string_view> builtin_relations() noexcept;

}  // namespace lockstep::catalog
