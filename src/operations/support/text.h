#pragma once

#include <set>
#include <string>
#include <string_view>

namespace lockstep::operations {

/// The text with every run of white space outside of quotes as one blank.
std::string one_line(std::string_view text);

/// Every word of a statement that may be an identifier, folded as PostgreSQL folds it; quoted ones
/// as they are.
std::set<std::string> identifiers(std::string_view text);

/// The numbers and the strings' contents in an expression, without signs.
std::set<std::string> literals(std::string_view text);

/// In dollar quotes that the text does not end by itself.
std::string dollar_quoted(const std::string& body);

}  // namespace lockstep::operations
