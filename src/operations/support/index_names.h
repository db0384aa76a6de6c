#pragma once

#include <string>
#include <vector>

#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// What PostgreSQL calls the columns of an index when it makes up the index's name: the column, the
/// function an expression calls, else "expr". INCLUDE columns come last.
std::vector<std::string> index_column_names(const std::vector<sql::IndexElement>& elements,
                                            const std::vector<std::string>& include);

}  // namespace lockstep::operations
