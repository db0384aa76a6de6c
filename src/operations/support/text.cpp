#include "support/text.h"

#include <cctype>

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

}  // namespace lockstep::operations
