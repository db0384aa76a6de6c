#include "source_map.h"

#include <algorithm>
#include <utility>

namespace lockstep::sql {

namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// The length of the well-formed sequence that `text` begins with; 0 if it is malformed.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
  const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < lowest || byte(1) > highest) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (starts_character(text[i])) {
      return 0;
    }
  }
  return length;
}

}  // namespace

SourceMap::SourceMap(std::string_view text, core::SourceLocation origin)
    : text_(text), read_(text), origin_(std::move(origin)) {
  line_starts_.push_back(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      line_starts_.push_back(i + 1);
    }
  }
}

void SourceMap::follow(const Bound& bound) {
  read_ = bound.text;
  edits_ = bound.edits;
}

std::size_t SourceMap::as_written(std::size_t byte) const {
  const auto after =
      std::upper_bound(edits_.begin(), edits_.end(), byte,
                       [](std::size_t b, const Edit& edit) { return b < edit.begin_after; });
  if (after == edits_.begin()) {
    return byte;
  }
  const Edit& edit = *std::prev(after);
  return byte < edit.end_after ? edit.begin_before : byte - edit.end_after + edit.end_before;
}

core::SourceLocation SourceMap::location(std::size_t byte) const {
  byte = std::min(as_written(byte), text_.size());
  const auto after = std::upper_bound(line_starts_.begin() + 1, line_starts_.end(), byte);
  const std::size_t start = *(after - 1);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin());
  const auto characters =
      byte <= start
          ? std::ptrdiff_t{0}
          : std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(start),
                          text_.begin() + static_cast<std::ptrdiff_t>(byte), starts_character);
  auto result = origin_;
  result.line = origin_.line + line - 1;
  result.column =
      (line == 1 ? origin_.column : std::size_t{1}) + static_cast<std::size_t>(characters);
  return result;
}

std::size_t SourceMap::byte_of_character(std::size_t begin, std::size_t n) const {
  std::size_t byte = begin;
  for (std::size_t character = 1; character < n && byte < read_.size(); ++character) {
    do {
      ++byte;
    } while (byte < read_.size() && !starts_character(read_[byte]));
  }
  return std::min(byte, read_.size());
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t length = sequence_length(text.substr(i));
    if (length == 0) {
      return i;
    }
    i += length;
  }
  return std::nullopt;
}

}  // namespace lockstep::sql
