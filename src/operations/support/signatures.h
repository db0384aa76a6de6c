#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// The types as format_type() prints them.
std::vector<std::string> types_of(const std::vector<sql::TypeName>& types,
                                  const catalog::Catalog& catalog);

/// The types in a list of arguments, "n integer, VARIADIC rest text[]", with or without names.
std::vector<std::string> argument_types(const std::string& arguments,
                                        const catalog::Catalog& catalog);

}  // namespace lockstep::operations
