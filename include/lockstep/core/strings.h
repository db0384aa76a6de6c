#pragma once

#include <string>
#include <string_view>

// Small changes of text that several modules need.

namespace lockstep::core {

/// The text with each `quote` in it twice, as it stands between two of them in SQL.
std::string doubled(std::string_view text, char quote);

/// Without the white space of ASCII at both ends.
std::string trimmed(std::string_view text);

}  // namespace lockstep::core
