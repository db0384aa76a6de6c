#include "support/text.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

namespace lockstep::operations {

std::string one_line(std::string_view text) {
  std::string result;
  char quote = 0;
  bool blank = false;
  for (const char c : text) {
    if (quote == 0 && std::isspace(static_cast<unsigned char>(c))) {
      blank = !result.empty();
      continue;
    }
    if (blank) result += ' ';
    blank = false;
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    }
    result += c;
  }
  return result;
}

std::set<std::string> identifiers(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (quoted ? c != '"' : (std::isalnum(letter) != 0 || c == '_' || letter >= 0x80)) {
      word += quoted ? c : static_cast<char>(std::tolower(letter));
      continue;
    }
    if (!word.empty()) words.insert(word);
    word.clear();
    if (c == '"') quoted = !quoted;
  }
  if (!word.empty()) words.insert(word);
  return words;
}

std::set<std::string> literals(std::string_view text) {
  std::set<std::string> found;
  std::string literal;
  bool in_string = false;
  char before = ' ';
  const auto take = [&] {
    if (literal.starts_with('-')) literal.erase(0, 1);
    found.insert(std::exchange(literal, {}));
  };
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (c == '\'') {
      if (in_string || !literal.empty()) take();
      in_string = !in_string;
    } else if (in_string || std::isdigit(letter) != 0 || (c == '.' && !literal.empty())) {
      const bool in_name = std::isalnum(static_cast<unsigned char>(before)) != 0 || before == '_';
      if (in_string || !literal.empty() || !in_name) literal += c;
    } else if (!literal.empty()) {
      take();
    }
    before = c;
  }
  if (!literal.empty()) take();
  return found;
}

std::string dollar_quoted(const std::string& body) {
  std::string tag = "$lockstep$";
  for (int i = 1; body.find(tag) != std::string::npos; ++i) tag = fmt::format("$lockstep{}$", i);
  return tag + body + tag;
}

}  // namespace lockstep::operations
