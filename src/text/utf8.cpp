#include "utf8.h"

namespace lockstep::text {
namespace {

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

/// The length of the well-formed sequence at the start, or 0 (Unicode standard, table 3-7).
std::size_t sequence_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80U) {
    return 1;
  }
  const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
  if (lead < 0xC2U || lead > 0xF4U || bytes.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(at(i))) {
      return 0;
    }
  }
  const bool overlong = (lead == 0xE0U && at(1) < 0xA0U) || (lead == 0xF0U && at(1) < 0x90U);
  const bool surrogate = lead == 0xEDU && at(1) > 0x9FU;
  const bool too_large = lead == 0xF4U && at(1) > 0x8FU;
  return overlong || surrogate || too_large ? 0 : length;
}

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20U && c != '\t' && c != '\n' && c != '\r') || byte == 0x7FU;
}

}  // namespace

std::optional<std::size_t> first_unreadable_byte(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t length = sequence_length(bytes.substr(at));
    if (length == 0 || is_forbidden_control(bytes[at])) {
      return at;
    }
    at += length;
  }
  return std::nullopt;
}

std::size_t count_characters(std::string_view bytes) {
  std::size_t count = 0;
  for (const char c : bytes) {
    count += is_continuation(static_cast<unsigned char>(c)) ? 0 : 1;
  }
  return count;
}

}  // namespace lockstep::text
