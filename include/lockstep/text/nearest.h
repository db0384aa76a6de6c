#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::text {

/// The candidate that was most likely meant by a mistyped word: letters dropped, added, changed or
/// swapped, `-` and `_` and letter case not counting. Nothing if none is near.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// "did you mean \"phase\"?" or, where none is near, "known are allow, phase and scope". For
/// remedies.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

/// "a, b and c".
std::string join_words(const std::vector<std::string>& words);

}  // namespace lockstep::text
