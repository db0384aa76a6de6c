#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/sql/query.h"
#include "lockstep/sql/statement.h"

// A closer look at a statement or an expression than its value in statement.h takes, for those who
// ask whether all that it names is there.

namespace lockstep::sql {

struct Within {
  std::vector<QualifiedName> functions;   ///< called
  std::vector<QualifiedName> cast_types;  ///< cast to; of a function's body, where that is SQL
  std::vector<TypeName> types;            ///< a function's arguments and results; without text
  std::vector<std::string> columns;       ///< the column list of a view
  Query query;                            ///< of a view, UPDATE or DELETE; else nothing is told
};

/// `statement`: Statement::text of one statement. What cannot be read again tells nothing. Parses;
/// see parse() for threads.
Within look_within(const std::string& statement);

/// What a string literal says that is all of the expression. Nothing where a placeholder is in it.
std::optional<std::string> string_literal(const Expr& expression);

}  // namespace lockstep::sql
