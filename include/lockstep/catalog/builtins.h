#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lockstep/catalog/catalog.h"

namespace lockstep::catalog {

/// The volatility of a function in pg_catalog, from a table generated from the servers we support;
/// nothing if there is no such function (overloads that differ count as the most volatile).
std::optional<Volatility> builtin_volatility(std::string_view name) noexcept;

/// All their names, for finding the one that was meant.
std::vector<std::string_view> builtin_function_names();

/// Whether pg_catalog has a type of that internal name ("int4", "timestamptz"), on any of the
/// servers we support. Arrays and row types have names of their own, which are not among them.
bool is_builtin_type(std::string_view name) noexcept;

/// Whether pg_catalog has a table or view of that name, on any of the servers we support.
bool is_builtin_relation(std::string_view name) noexcept;

/// The volatility of an expression: the most volatile of the functions that it calls and of the
/// casts that it makes. A function that neither the builtins nor the catalog know is volatile. SQL
/// value functions (current_timestamp), sub-selects and casts like 'x'::regclass are stable.
///
/// kVolatile is what may differ from row to row. kStable may be too careful: overloads collapse by
/// name, and a cast of a literal is done once by PostgreSQL's parser. Operators count as immutable.
Volatility volatility(const sql::Expr& expression, const Catalog& catalog);

}  // namespace lockstep::catalog
