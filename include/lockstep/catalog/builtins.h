#pragma once

#include <optional>
#include <string_view>

#include "lockstep/catalog/catalog.h"

namespace lockstep::catalog {

/// The volatility of a function in pg_catalog, from a table generated from the servers we support;
/// nothing if there is no such function (overloads that differ count as the most volatile).
std::optional<Volatility> builtin_volatility(std::string_view name) noexcept;

/// The volatility of an expression: the most volatile of what it calls. A function that neither the
/// builtins nor the catalog know is volatile. SQL value functions (current_timestamp) are stable.
Volatility volatility(const sql::Expr& expression, const Catalog& catalog);

}  // namespace lockstep::catalog
