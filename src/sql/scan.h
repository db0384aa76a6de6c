#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "grammar.h"

namespace lockstep::sql {

/// A word of the text by PostgreSQL's own scanner, as bytes [begin, end).
struct Token {
  std::size_t begin = 0;
  std::size_t end = 0;
  PgQuery__Token kind = PG_QUERY__TOKEN__NUL;
  PgQuery__KeywordKind keyword = PG_QUERY__KEYWORD_KIND__NO_KEYWORD;

  bool is_comment() const {
    return kind == PG_QUERY__TOKEN__SQL_COMMENT || kind == PG_QUERY__TOKEN__C_COMMENT;
  }
};

/// What PostgreSQL's scanner or parser says is wrong.
struct SyntaxError {
  std::string message;
  std::size_t character = 0;  ///< from 1; 0: unknown
};

struct Scan {
  std::vector<Token> tokens;  ///< comments included
  std::optional<SyntaxError> error;
};

Scan scan(const std::string& sql);

bool opens_bracket(const Token& token);
bool closes_bracket(const Token& token);

/// One statement's tokens as indexes [first, last).
struct TokenRange {
  std::size_t first = 0;
  std::size_t last = 0;

  bool empty() const { return first >= last; }
};

/// Cuts at semicolons outside of brackets and BEGIN ATOMIC ... END bodies; the semicolons belong
/// to no range, empty statements have none. `tokens` without comments.
std::vector<TokenRange> split_statements(const std::vector<Token>& tokens);

/// The token at which a range nests deeper than the parser is asked to follow, if it does.
std::optional<std::size_t> find_too_deep(const std::vector<Token>& tokens, TokenRange range);

}  // namespace lockstep::sql
