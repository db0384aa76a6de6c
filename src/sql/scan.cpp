#include "scan.h"

#include <cctype>
#include <memory>

namespace lockstep::sql {

namespace {

// A level of brackets costs the parser several entries of its own stack, which ends at 10,000.
constexpr std::size_t kDeepestBrackets = 1'000;
// A chain of operators nests once for each. 10,000 take some 30 MB of stack with the sanitizers.
constexpr std::size_t kLongestChain = 10'000;

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// The scanner's own ends are wrong for U&'...' and U&"..."; its starts are right for all, and
/// only space stands between tokens, comments being tokens.
void set_ends(std::vector<Token>& tokens, const std::string& sql) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::size_t end = i + 1 < tokens.size() ? tokens[i + 1].begin : sql.size();
    while (end > tokens[i].begin + 1 && is_space(sql[end - 1])) {
      --end;
    }
    tokens[i].end = end;
  }
}

/// Adds no level to the tree: a leaf, or an operator whose chains the grammar flattens.
bool is_flat(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__IDENT:
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__ASCII_46:
    case PG_QUERY__TOKEN__AND:
    case PG_QUERY__TOKEN__OR:
      return true;
    default:
      return false;
  }
}

/// CREATE [OR REPLACE] RULE, the one statement with semicolons in brackets. Elsewhere a semicolon
/// ends the statement though a bracket is open, so that a forgotten one breaks no other statement.
bool is_rule(const std::vector<Token>& tokens, std::size_t first) {
  const auto is = [&](std::size_t i, PgQuery__Token kind) {
    return i < tokens.size() && tokens[i].kind == kind;
  };
  const bool or_replace = is(first + 1, PG_QUERY__TOKEN__OR);
  return is(first, PG_QUERY__TOKEN__CREATE) &&
         is(first + (or_replace ? 3 : 1), PG_QUERY__TOKEN__RULE);
}

}  // namespace

Scan scan(const std::string& sql) {
  Scan result;
  const PgQueryScanResult scanned = pg_query_scan(sql.c_str());
  if (scanned.error != nullptr) {
    result.error =
        SyntaxError{scanned.error->message, scanned.error->cursorpos > 0
                                                ? static_cast<std::size_t>(scanned.error->cursorpos)
                                                : std::size_t{0}};
  } else {
    const auto free_message = [](PgQuery__ScanResult* message) {
      pg_query__scan_result__free_unpacked(message, nullptr);
    };
    const std::unique_ptr<PgQuery__ScanResult, decltype(free_message)> message(
        pg_query__scan_result__unpack(nullptr, scanned.pbuf.len,
                                      reinterpret_cast<const uint8_t*>(scanned.pbuf.data)),
        free_message);
    if (message != nullptr) {
      result.tokens.reserve(message->n_tokens);
      for (std::size_t i = 0; i < message->n_tokens; ++i) {
        const auto& token = *message->tokens[i];
        result.tokens.push_back(Token{static_cast<std::size_t>(token.start),
                                      static_cast<std::size_t>(token.end), token.token,
                                      token.keyword_kind});
      }
      set_ends(result.tokens, sql);
    }
  }
  pg_query_free_scan_result(scanned);
  return result;
}

bool opens_bracket(const Token& token) {
  return token.kind == PG_QUERY__TOKEN__ASCII_40 || token.kind == PG_QUERY__TOKEN__ASCII_91;
}

bool closes_bracket(const Token& token) {
  return token.kind == PG_QUERY__TOKEN__ASCII_41 || token.kind == PG_QUERY__TOKEN__ASCII_93;
}

std::vector<TokenRange> split_statements(const std::vector<Token>& tokens) {
  std::vector<TokenRange> ranges;
  std::size_t first = 0;
  std::size_t depth = 0;
  std::size_t blocks = 0;  // BEGIN ATOMIC, and within it each CASE: both are closed by END
  const auto close = [&](std::size_t last) {
    if (first < last) {
      ranges.push_back(TokenRange{first, last});
    }
    first = last + 1;
    depth = 0;
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& token = tokens[i];
    const bool after_begin = i > first && tokens[i - 1].kind == PG_QUERY__TOKEN__BEGIN_P;
    if (opens_bracket(token)) {
      ++depth;
    } else if (closes_bracket(token)) {
      depth -= depth > 0 ? 1 : 0;
    } else if (token.kind == PG_QUERY__TOKEN__ATOMIC && after_begin) {
      blocks = 1;
    } else if (token.kind == PG_QUERY__TOKEN__CASE && blocks > 0) {
      ++blocks;
    } else if (token.kind == PG_QUERY__TOKEN__END_P && blocks > 0) {
      --blocks;
    } else if (token.kind == PG_QUERY__TOKEN__ASCII_59 && blocks == 0 &&
               (depth == 0 || !is_rule(tokens, first))) {
      close(i);
    }
  }
  close(tokens.size());
  return ranges;
}

std::optional<std::size_t> find_too_deep(const std::vector<Token>& tokens, TokenRange range) {
  // One count for each open bracket: what a comma separates does not nest in each other.
  std::vector<std::size_t> chains{0};
  std::size_t nested = 0;
  for (std::size_t i = range.first; i < range.last; ++i) {
    const auto& token = tokens[i];
    if (opens_bracket(token)) {
      chains.push_back(0);
    } else if (closes_bracket(token) && chains.size() > 1) {
      nested -= chains.back();
      chains.pop_back();
      ++chains.back();
      ++nested;
    } else if (token.kind == PG_QUERY__TOKEN__ASCII_44 || token.kind == PG_QUERY__TOKEN__ASCII_59) {
      nested -= chains.back();
      chains.back() = 0;
    } else if (!is_flat(token)) {
      ++chains.back();
      ++nested;
    }
    if (chains.size() > kDeepestBrackets || nested > kLongestChain) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace lockstep::sql
