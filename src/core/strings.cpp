#include "lockstep/core/strings.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep::core {

std::string doubled(std::string_view text, char quote) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    result += c;
    if (c == quote) result += c;
  }
  return result;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

}  // namespace lockstep::core
