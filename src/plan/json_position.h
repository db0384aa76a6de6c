#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lockstep/core/problem.h"

// Where in a JSON text a value stands: the parser does not keep it.

namespace lockstep::plan {

/// The way to a value from the top: member names and positions in arrays.
using JsonPath = std::vector<std::variant<std::string, std::size_t>>;

/// "cohorts[0].steps[3].title"; empty for the whole document.
std::string to_string(const JsonPath& path);

/// The byte at which the value begins, or for a member its name. Where the path leads nowhere:
/// the last value on it that is there. Precondition: the text is valid JSON.
std::size_t offset_of(std::string_view text, const JsonPath& path);

/// Line and column of a byte, both from 1, columns in code points.
core::SourceLocation location_at(std::string_view text, std::size_t offset, std::string file);

}  // namespace lockstep::plan
