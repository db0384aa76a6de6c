#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lockstep::text {

/// The offset of the first byte that cannot be in a YAML file: broken UTF-8, or a control character
/// other than tab, line feed and carriage return.
std::optional<std::size_t> first_unreadable_byte(std::string_view bytes);

/// How many characters (code points) valid UTF-8 holds.
std::size_t count_characters(std::string_view bytes);

}  // namespace lockstep::text
