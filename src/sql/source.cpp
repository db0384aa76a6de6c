#include "source.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace lockstep::sql {

namespace {

constexpr std::size_t kLongestText = std::size_t{8} << 20;

/// What the parser, whose interface is a C string, could not even be given.
std::optional<std::pair<std::size_t, core::Problem>> find_unreadable(std::string_view text) {
  if (text.size() > kLongestText) {
    return std::pair{std::size_t{0},
                     core::Problem{{}, "longer than 8 MB", "split it into several migrations"}};
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return std::pair{nul, core::Problem{{}, "a NUL byte in the text", "remove it"}};
  }
  if (const auto invalid = find_invalid_utf8(text)) {
    return std::pair{*invalid, core::Problem{{}, "not valid UTF-8", "save the file as UTF-8"}};
  }
  return std::nullopt;
}

/// The backslash at that byte, or with which its line begins: SQL has none outside of quotes.
std::optional<std::size_t> psql_command_near(const Source& source, std::size_t byte) {
  const std::string_view text = source.text();
  if (byte < text.size() && text[byte] == '\\') return byte;
  const std::size_t feed = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
  const std::size_t line = feed == std::string_view::npos ? 0 : feed + 1;
  const std::size_t word = text.find_first_not_of(" \t", line);
  if (word == std::string_view::npos || word > byte || text[word] != '\\') return std::nullopt;
  const std::size_t next = source.token_at(word);
  const bool in_quotes = next > 0 && source.tokens()[next - 1].end > word;
  return in_quotes ? std::nullopt : std::optional(word);
}

core::Problem psql_problem(const Source& source, std::size_t command) {
  const std::string_view rest = std::string_view(source.text()).substr(command);
  const std::string word(rest.substr(0, rest.find_first_of(" \t\r\n;")));
  return core::Problem{
      source.location(command), word + " is a command of psql, and a migration is read without it",
      "For \\set write variables, ${name}; for \\i put the text here or into a migration of its "
      "own; "
      "for \\copy INSERT INTO ... VALUES. What connects, prints or formats is left out."};
}

std::string without_byte_order_mark(std::string_view text) {
  std::string result(text);
  if (text.starts_with(kByteOrderMark)) {
    result.replace(0, kByteOrderMark.size(), kByteOrderMark.size(), ' ');
  }
  return result;
}

}  // namespace

Source::Source(std::string_view text, const core::SourceLocation& origin,
               bool placeholder_in_bodies, core::Problems& problems, const Variables& variables)
    : map_(text, origin), in_bodies_(placeholder_in_bodies), placeholders_(std::string_view{}) {
  if (auto unreadable = find_unreadable(text)) {
    unreadable->second.where = map_.location(unreadable->first);
    problems.push_back(std::move(unreadable->second));
    return;
  }
  usable_ = true;
  bound_ = bind_variables(text, origin, variables, in_bodies_, problems);
  map_.follow(bound_);
  placeholders_ = Placeholders(without_byte_order_mark(bound_.text));
  scan_text(problems);
}

void Source::scan_text(core::Problems& problems) {
  sql_ = placeholders_.sql();
  Scan scanned = scan(sql_);
  if (scanned.error) {
    // What cannot be cut into words, an open quote for example, takes the rest of the text with
    // it. What stands before is still read.
    const std::size_t at = byte_of(*scanned.error, 0);
    problems.push_back(syntax_problem(*this, *scanned.error, 0));
    complete_ = false;
    sql_.resize(at);
    scanned = scan(sql_);
  }
  placeholders_.classify(scanned.tokens, in_bodies_, map_, problems);
  if (const std::string changed = placeholders_.sql().substr(0, sql_.size()); changed != sql_) {
    sql_ = changed;
    scanned = scan(sql_);
  }
  for (const Token& token : scanned.tokens) {
    (token.is_comment() ? comments_ : tokens_).push_back(token);
  }
}

std::size_t Source::byte_of(const SyntaxError& error, std::size_t begin) const {
  return error.character == 0 ? begin : map_.byte_of_character(begin, error.character);
}

std::size_t Source::token_at(std::size_t byte) const {
  const auto found =
      std::lower_bound(tokens_.begin(), tokens_.end(), byte,
                       [](const Token& token, std::size_t b) { return token.begin < b; });
  return static_cast<std::size_t>(found - tokens_.begin());
}

std::string grammar_name() {
  return "PostgreSQL " PG_MAJORVERSION;
}

core::Problem syntax_problem(const Source& source, const SyntaxError& error, std::size_t begin) {
  if (const auto command = psql_command_near(source, source.byte_of(error, begin))) {
    return psql_problem(source, *command);
  }
  return core::Problem{source.location(source.byte_of(error, begin)),
                       source.placeholders().in_message(error.message) + " (read with " +
                           grammar_name() + "'s grammar)",
                       ""};
}

}  // namespace lockstep::sql
