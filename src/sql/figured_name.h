#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "grammar.h"

namespace lockstep::sql {

/// What PostgreSQL calls a result that has no name.
inline constexpr std::string_view kUnnamed = "?column?";

/// What PostgreSQL calls the result of an expression without an alias (its FigureColname), as the
/// parser has the name. Nothing for kinds of expressions that are not known here.
std::optional<std::string> figured_name(const PgQuery__Node* node);

/// "current_timestamp" for the value function, whatever its precision.
std::string value_function_name(PgQuery__SQLValueFunctionOp op);

}  // namespace lockstep::sql
