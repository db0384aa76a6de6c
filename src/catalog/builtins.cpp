#include "lockstep/catalog/builtins.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "builtins_table.h"

namespace lockstep::catalog {

namespace {

constexpr std::string_view kSystemSchema = "pg_catalog";

std::optional<Volatility> look_up(std::span<const Builtin> table, std::string_view name) noexcept {
  const auto found = std::lower_bound(
      table.begin(), table.end(), name,
      [](const Builtin& entry, std::string_view wanted) { return entry.name < wanted; });
  if (found == table.end() || found->name != name) return std::nullopt;
  return found->volatility;
}

/// Argument types are not known here, so every overload that may be meant counts.
Volatility of_function(const QualifiedName& name, const Catalog& catalog) {
  std::optional<Volatility> known;
  if (name.schema.empty() || name.schema == kSystemSchema) known = builtin_volatility(name.name);
  for (const auto* function : catalog.find_functions(name)) {
    known = std::max(known.value_or(Volatility::kImmutable), function->volatility);
  }
  return known.value_or(Volatility::kVolatile);
}

/// Enums, domains and what extensions bring are read by stable functions; nothing more volatile
/// is known to exist.
Volatility of_cast_to(const QualifiedName& type, const Catalog& catalog) {
  if (catalog.find_type(type) != nullptr) return Volatility::kStable;
  if (!type.schema.empty() && type.schema != kSystemSchema) return Volatility::kStable;
  return look_up(builtin_types(), type.name).value_or(Volatility::kStable);
}

}  // namespace

std::optional<Volatility> builtin_volatility(std::string_view name) noexcept {
  return look_up(builtin_functions(), name);
}

std::vector<std::string_view> builtin_function_names() {
  std::vector<std::string_view> names;
  for (const Builtin& function : builtin_functions()) names.push_back(function.name);
  return names;
}

bool is_builtin_type(std::string_view name) noexcept {
  return look_up(builtin_types(), name).has_value();
}

bool is_builtin_relation(std::string_view name) noexcept {
  const std::span<const std::string_view> relations = builtin_relations();
  return std::binary_search(relations.begin(), relations.end(), name);
}

Volatility volatility(const sql::Expr& expression, const Catalog& catalog) {
  auto most = Volatility::kImmutable;
  // Value functions change from one transaction to the next, and so does what a sub-select reads.
  if (!expression.value_functions.empty() || !expression.relations.empty()) {
    most = Volatility::kStable;
  }
  for (const auto& function : expression.functions) {
    most = std::max(most, of_function(function, catalog));
  }
  for (const auto& type : expression.cast_types) most = std::max(most, of_cast_to(type, catalog));
  return most;
}

}  // namespace lockstep::catalog
