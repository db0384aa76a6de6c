#include "support/purity.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "lockstep/catalog/builtins.h"
#include "lockstep/sql/quote.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::QualifiedName;
using catalog::Volatility;

namespace {

template <std::size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 5> kClockFunctions{
    "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday"};
constexpr std::array<std::string_view, 5> kClockWords{
    "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"};
constexpr std::array<std::string_view, 5> kGenerators{"gen_random_uuid", "uuidv4", "uuidv7",
                                                      "nextval", "random"};
/// Idempotent alone and in any combination that does not hold both lower and upper.
constexpr std::array<std::string_view, 6> kIdempotent{"lower", "upper", "btrim",
                                                      "ltrim", "rtrim", "trim"};

bool is_builtin(const QualifiedName& function, const Catalog& catalog) {
  if (function.schema == "pg_catalog") return true;
  return function.schema.empty() && catalog.find_functions(function).empty() &&
         catalog::builtin_volatility(function.name).has_value();
}

Purity purity_of(const QualifiedName& function, const Catalog& catalog) {
  if (is_builtin(function, catalog)) {
    if (one_of(function.name, kClockFunctions)) return Purity::kReadsClock;
    if (one_of(function.name, kGenerators)) return Purity::kGenerates;
  }
  sql::Expr call;
  call.functions = {function};
  return catalog::volatility(call, catalog) == Volatility::kVolatile ? Purity::kUnknown
                                                                     : Purity::kDeterministic;
}

std::string lower_without_blanks(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The words of a text outside of quotes and brackets, lower case; each quoted or bracketed part is
/// one word.
std::vector<std::string> top_level_words(std::string_view text) {
  std::vector<std::string> words(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    const bool outside = depth == 0 && quote == 0;
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    }
    if (outside && std::isspace(static_cast<unsigned char>(c))) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += outside ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// Whether the first bracket of the text is closed by its last character.
bool closes_at_end(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return i + 1 == text.size();
  }
  return false;
}

}  // namespace

Purity purity(const sql::Expr& expression, const Catalog& catalog) {
  Purity most = Purity::kDeterministic;
  for (const std::string& word : expression.value_functions) {
    if (one_of(word, kClockWords)) most = Purity::kReadsClock;
  }
  for (const QualifiedName& function : expression.functions) {
    most = std::max(most, purity_of(function, catalog));
  }
  return most;
}

bool is_idempotent_on(const sql::Expr& expression, std::string_view column,
                      const Catalog& catalog) {
  if (expression.columns != std::vector<std::string>{std::string(column)}) return false;
  bool lower = false;
  bool upper = false;
  for (const QualifiedName& function : expression.functions) {
    if (!is_builtin(function, catalog) || !one_of(function.name, kIdempotent)) return false;
    lower = lower || function.name == "lower";
    upper = upper || function.name == "upper";
  }
  if (expression.functions.empty() || (lower && upper)) return false;
  const std::string text = lower_without_blanks(expression.text);
  std::string_view rest = text;
  const std::string inner = lower_without_blanks(sql::quote_identifier(column));
  while (!rest.empty() && rest.back() == ')') {
    const std::size_t open = rest.find('(');
    if (open == std::string_view::npos) return false;
    std::string_view function = rest.substr(0, open);
    if (function.substr(0, 11) == "pg_catalog.") function.remove_prefix(11);
    if (!one_of(function, kIdempotent)) return false;
    rest = rest.substr(open + 1, rest.size() - open - 2);
  }
  return rest == inner || ends_with(rest, "." + inner);
}

bool keeps_unless_null(const sql::Expr& expression, std::string_view column) {
  const std::string text = lower_without_blanks(expression.text);
  const std::string start = "coalesce(" + lower_without_blanks(sql::quote_identifier(column)) + ",";
  return text.substr(0, start.size()) == start && closes_at_end(expression.text);
}

bool requires_null(const sql::Expr& condition, std::string_view column) {
  const std::vector<std::string> words = top_level_words(condition.text);
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  // BETWEEN has an AND of its own.
  if (has("or") || has("between")) return false;
  const std::string name = sql::quote_identifier(column);
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    const bool begins = i == 0 || words[i - 1] == "and";
    const bool ends = i + 3 == words.size() || words[i + 3] == "and";
    const bool same = words[i] == name || ends_with(words[i], "." + name);
    if (begins && ends && same && words[i + 1] == "is" && words[i + 2] == "null") return true;
  }
  return false;
}

}  // namespace lockstep::operations
