#include "json_position.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace lockstep::plan {

namespace {

/// Reads over valid JSON, value by value, without keeping any of it.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::size_t offset() const { return at_; }
  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

  void skip_char() { ++at_; }

  /// Takes the separator behind a member or element; false at the end of its container.
  bool skip_separator() {
    skip_space();
    const bool more = at(',');
    skip_char();
    skip_space();
    return more;
  }

  /// The string at the cursor, between its quotes and still escaped.
  std::string_view skip_string() {
    const auto begin = ++at_;
    while (!at('"')) at_ += at('\\') ? 2 : 1;
    return text_.substr(begin, at_++ - begin);
  }

  void skip_value() {
    // Iterative, since what stands in a file may be nested deeper than the stack goes.
    std::size_t depth = 0;
    do {
      if (at('"')) {
        skip_string();
      } else if (at('{') || at('[')) {
        ++depth;
        skip_char();
      } else if (at('}') || at(']')) {
        --depth;
        skip_char();
      } else if (depth == 0) {
        at_ = std::min(text_.find_first_of(kEndOfScalar, at_), text_.size());
      } else {
        skip_char();
      }
    } while (depth != 0);
  }

 private:
  static constexpr std::string_view kSpace = " \t\r\n";
  static constexpr std::string_view kEndOfScalar = " \t\r\n,]}";

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Moves from an object to the value of one of its members. Keys of ours need no escapes.
bool enter_member(Cursor& cursor, std::string_view name, std::size_t& name_offset) {
  if (!cursor.at('{')) return false;
  cursor.skip_char();
  cursor.skip_space();
  if (cursor.at('}')) return false;
  do {
    const auto offset = cursor.offset();
    const auto key = cursor.skip_string();
    cursor.skip_space();
    cursor.skip_char();
    cursor.skip_space();
    if (key == name) {
      name_offset = offset;
      return true;
    }
    cursor.skip_value();
  } while (cursor.skip_separator());
  return false;
}

bool enter_element(Cursor& cursor, std::size_t index) {
  if (!cursor.at('[')) return false;
  cursor.skip_char();
  cursor.skip_space();
  if (cursor.at(']')) return false;
  for (std::size_t i = 0; i < index; ++i) {
    cursor.skip_value();
    if (!cursor.skip_separator()) return false;
  }
  return true;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string to_string(const JsonPath& path) {
  std::string text;
  for (const auto& part : path) {
    if (const auto* index = std::get_if<std::size_t>(&part)) {
      text += fmt::format("[{}]", *index);
    } else {
      if (!text.empty()) text += '.';
      text += std::get<std::string>(part);
    }
  }
  return text;
}

std::size_t offset_of(std::string_view text, const JsonPath& path) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  Cursor cursor(text);
  if (text.starts_with(kByteOrderMark)) {
    for (std::size_t i = 0; i < kByteOrderMark.size(); ++i) cursor.skip_char();
  }
  cursor.skip_space();
  auto offset = cursor.offset();
  for (const auto& part : path) {
    if (const auto* name = std::get_if<std::string>(&part)) {
      if (!enter_member(cursor, *name, offset)) return offset;
    } else {
      if (!enter_element(cursor, std::get<std::size_t>(part))) return offset;
      offset = cursor.offset();
    }
  }
  return offset;
}

core::SourceLocation location_at(std::string_view text, std::size_t offset, std::string file) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto line = before.substr(line_begin);
  const auto continuations = std::count_if(line.begin(), line.end(), is_continuation);
  return {.file = std::move(file),
          .line = static_cast<std::size_t>(lines) + 1,
          .column = line.size() - static_cast<std::size_t>(continuations) + 1};
}

}  // namespace lockstep::plan
