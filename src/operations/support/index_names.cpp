#include "support/index_names.h"

#include <cctype>

namespace lockstep::operations {

namespace {

bool is_identifier_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The text without blanks and one pair of parentheses around it.
std::string_view bare(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  if (text.size() > 1 && text.front() == '(' && text.back() == ')')
    return bare(text.substr(1, text.size() - 2));
  return text;
}

/// The word an expression begins with where a "(" follows it: "lower" of "lower(email)". The last
/// part of a qualified one.
std::string called_function(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (is_identifier_char(c)) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (c == '.') {
      word.clear();
    } else {
      return c == '(' ? word : std::string{};
    }
  }
  return {};
}

std::string name_of(const sql::IndexElement& element) {
  if (element.column) return *element.column;
  const std::string_view text = bare(element.expression ? element.expression->text : element.text);
  const std::string function = called_function(text);
  if (!function.empty() && function != "case") return function == "trim" ? "btrim" : function;
  return "expr";
}

}  // namespace

std::vector<std::string> index_column_names(const std::vector<sql::IndexElement>& elements,
                                            const std::vector<std::string>& include) {
  std::vector<std::string> names;
  for (const sql::IndexElement& element : elements) names.push_back(name_of(element));
  names.insert(names.end(), include.begin(), include.end());
  return names;
}

}  // namespace lockstep::operations
