#include "lockstep/sql/quote.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "lockstep/core/strings.h"
#include "scan.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

/// The keywords that PostgreSQL's quote_identifier puts in quotes: all but the unreserved.
/// Every keyword is the name of a token of the grammar, in upper case and sometimes with _P
/// behind it; the scanner says which of those names are keywords, and of what kind.
std::set<std::string, std::less<>> find_reserved_words() {
  std::string words;
  const auto& tokens = pg_query__token__descriptor;
  for (unsigned i = 0; i < tokens.n_values; ++i) {
    std::string_view name = tokens.values[i].name;
    if (name.ends_with("_P")) {
      name.remove_suffix(2);
    }
    for (const char c : name) {
      words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    words += ' ';
  }
  std::set<std::string, std::less<>> result;
  for (const Token& token : scan(words).tokens) {
    if (token.keyword != PG_QUERY__KEYWORD_KIND__NO_KEYWORD &&
        token.keyword != PG_QUERY__KEYWORD_KIND__UNRESERVED_KEYWORD) {
      result.insert(words.substr(token.begin, token.end - token.begin));
    }
  }
  return result;
}

bool is_reserved(std::string_view word) {
  static const auto words = find_reserved_words();
  return words.count(word) > 0;
}

bool is_plain(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '$'; });
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  if (name == core::kTenantSchema || (is_plain(name) && !is_reserved(name))) {
    return std::string(name);
  }
  return '"' + core::doubled(name, '"') + '"';
}

std::string quote(const core::QualifiedName& name) {
  const std::string last = quote_identifier(name.name);
  return name.schema.empty() ? last : quote_identifier(name.schema) + '.' + last;
}

std::string quote_literal(std::string_view text) {
  const std::string quoted = '\'' + core::doubled(text, '\'') + '\'';
  return text.find('\\') == std::string_view::npos ? quoted : 'E' + core::doubled(quoted, '\\');
}

}  // namespace lockstep::sql
