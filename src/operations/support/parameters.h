#pragma once

#include <string>
#include <vector>

#include "lockstep/sql/statement.h"

// SET (name = value, ...) and RESET (name, ...), of tables and columns, as text[] of the catalogs
// has them: "fillfactor=70".

namespace lockstep::operations {

std::vector<std::string> parameter_names(const std::vector<sql::StorageParameter>& parameters);
std::vector<std::string> parameter_texts(const std::vector<sql::StorageParameter>& parameters);

/// "SET (fillfactor = 70)", "RESET (fillfactor)" of "fillfactor=70".
std::string set_clause(const std::vector<std::string>& options);
std::string reset_clause(const std::vector<std::string>& options);

/// What is set after that: what stays keeps its place, what is set comes behind it.
std::vector<std::string> options_after(std::vector<std::string> options, bool reset,
                                       const std::vector<sql::StorageParameter>& parameters);

/// What brings back `former` from `later`, all anew, so that their order is the former one too.
std::vector<std::string> clauses_back(const std::vector<std::string>& former,
                                      const std::vector<std::string>& later);

}  // namespace lockstep::operations
