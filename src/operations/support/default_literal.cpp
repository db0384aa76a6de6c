#include "support/default_literal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/within.h"

namespace lockstep::operations {

namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::string trimmed_and_lower(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  std::string result(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

/// How it begins is the same for all versions: later ones take 0x1F and 1_000 as well.
bool may_be_integer(std::string_view text) {
  text = without_sign(text);
  return !text.empty() && is_digit(text.front());
}

bool may_be_number(std::string_view text) {
  text = without_sign(text);
  if (text.empty()) return false;
  return is_digit(text.front()) || text.front() == '.' || text.starts_with("nan") ||
         text.starts_with("inf");
}

bool may_be_boolean(const std::string& text) {
  constexpr std::array<std::string_view, 8> kWords{"true", "false", "yes", "no",
                                                   "on",   "off",   "1",   "0"};
  if (text.empty() || text == "o") return false;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return word.starts_with(text); });
}

bool may_be_uuid(const std::string& text) {
  constexpr std::size_t kDigits = 32;
  const auto hex = std::count_if(text.begin(), text.end(),
                                 [](unsigned char c) { return std::isxdigit(c) != 0; });
  return static_cast<std::size_t>(hex) == kDigits;
}

/// Why it is none; empty where it may be one.
std::string wrong(const std::string& value, const DefaultType& type,
                  const catalog::Catalog& catalog) {
  const std::string text = trimmed_and_lower(value);
  if (type.is_array) {
    const bool may_be = text.starts_with('{') || text.starts_with('[');
    return may_be ? "" : "an array is written '{}', '{a,b}'";
  }
  const catalog::Type* own =
      type.name.schema == "pg_catalog" ? nullptr : catalog.find_type(type.name);
  if (own) {
    const bool is_label =
        own->kind != catalog::Type::Kind::kEnum || catalog.after_opaque_code ||
        std::find(own->labels.begin(), own->labels.end(), value) != own->labels.end();
    return is_label ? ""
                    : fmt::format("the labels of {} are {}", own->name.name,
                                  fmt::join(own->labels, ", "));
  }
  const std::string& name = type.name.name;
  if (name == "int2" || name == "int4" || name == "int8") {
    return may_be_integer(text) ? "" : "an integer is written in digits";
  }
  if (name == "numeric" || name == "float4" || name == "float8") {
    return may_be_number(text) ? "" : "a number is written in digits";
  }
  if (name == "bool") return may_be_boolean(text) ? "" : "a boolean is true or false";
  if (name == "uuid") return may_be_uuid(text) ? "" : "a uuid has 32 hexadecimal digits";
  return {};
}

}  // namespace

void judge_default_literal(Judge& judge, const catalog::Catalog& catalog, const std::string& column,
                           const DefaultType& type, const std::optional<sql::Expr>& value) {
  const std::optional<std::string> text = value ? sql::string_literal(*value) : std::nullopt;
  const std::string why = text ? wrong(*text, type, catalog) : std::string();
  if (why.empty()) return;
  judge.problem(
      fmt::format("'{}' cannot be the default of column {}: it is no {}", *text, column,
                  type.shown),
      fmt::format("Write a value of the type ({}), or give the column another type.", why));
}

}  // namespace lockstep::operations
