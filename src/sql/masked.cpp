#include "lockstep/sql/masked.h"

#include <string_view>
#include <utility>

#include "scan.h"
#include "source_map.h"

namespace lockstep::sql {
namespace {

constexpr std::string_view kRest = "...";

bool is_literal(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
      return true;
    default:
      return false;
  }
}

/// The scanner reads as if standard_conforming_strings were on. Where that session has it off, a
/// string with \' goes on.
bool may_go_on(const Token& token, std::string_view word) {
  return token.kind == PG_QUERY__TOKEN__SCONST && word.front() == '\'' &&
         word.find("\\'") != std::string_view::npos;
}

/// What can be read of a statement that is cut off: the scanner gives up where a literal, a quoted
/// name or a comment begins that does not end.
std::string readable_part(const std::string& statement, const SyntaxError& error) {
  return error.character == 0
             ? std::string()
             : statement.substr(0, SourceMap(statement, {}).byte_of_character(0, error.character));
}

std::string clipped(std::string text, std::size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) {
      --most;
    }
    text.resize(most);
  }
  return text;
}

}  // namespace

std::string masked(const std::string& statement, std::size_t most) {
  Scan scanned = scan(statement);
  const bool cut_off = scanned.error.has_value();
  const std::string text = cut_off ? readable_part(statement, *scanned.error) : statement;
  if (cut_off) {
    scanned = scan(text);
  }
  std::string shown;
  std::size_t end = 0;  // of the token before
  const auto show = [&](std::size_t begin, std::string_view word) {
    shown += begin > end && !shown.empty() ? " " : "";
    shown += word;
  };
  for (const Token& token : scanned.tokens) {
    if (token.is_comment()) {
      continue;
    }
    const auto word = std::string_view(text).substr(token.begin, token.end - token.begin);
    if (may_go_on(token, word)) {
      show(token.begin, kRest);
      return clipped(std::move(shown), most);
    }
    show(token.begin, is_literal(token) ? "?" : word);
    end = token.end;
  }
  if (cut_off) {
    show(end + 1, kRest);
  }
  return clipped(std::move(shown), most);
}

}  // namespace lockstep::sql
