#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lockstep::cli {

/// The digits that begin the highest version among files' names; nothing if none has any.
std::optional<std::string> highest_version(const std::vector<std::string>& file_names);

/// The next number, as wide as `digits`: "0009" gives "0010", "999" gives "1000".
std::string next_number(const std::string& digits);

/// The version for a new file: the next number in the style of `highest`, "0001" if there is none.
/// Where versions are times ("20261122093000") it is `now`, given in that form, if that is higher.
std::string version_after(const std::optional<std::string>& highest, const std::string& now);

}  // namespace lockstep::cli
