#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// The type as format_type() prints that of an argument or a result, which has no modifiers.
std::string signature_type(sql::TypeName type, const catalog::Catalog& catalog);
/// The same for each.
std::vector<std::string> types_of(const std::vector<sql::TypeName>& types,
                                  const catalog::Catalog& catalog);

/// The types in a list of arguments, "n integer, VARIADIC rest text[]", with or without names.
std::vector<std::string> argument_types(const std::string& arguments,
                                        const catalog::Catalog& catalog);

}  // namespace lockstep::operations
