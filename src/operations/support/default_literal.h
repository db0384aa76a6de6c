#pragma once

#include <optional>
#include <string>

#include "lockstep/sql/statement.h"
#include "support/judge.h"

namespace lockstep::operations {

/// The type that a default is for.
struct DefaultType {
  catalog::QualifiedName name;
  bool is_array = false;
  std::string shown;
};

/// A Problem where a string as default is no value of the type, which PostgreSQL finds when the
/// statement runs. Only what is certain on every server: strings for numbers, booleans, uuids,
/// arrays and enums.
void judge_default_literal(Judge& judge, const catalog::Catalog& catalog, const std::string& column,
                           const DefaultType& type, const std::optional<sql::Expr>& value);

}  // namespace lockstep::operations
