#include "lockstep/sql/words.h"

#include "scan.h"

namespace lockstep::sql {
namespace {

bool is_folded(const Token& token, char first) {
  return token.keyword != PG_QUERY__KEYWORD_KIND__NO_KEYWORD ||
         (token.kind == PG_QUERY__TOKEN__IDENT && first != '"');
}

std::string folded(std::string word) {
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return word;
}

}  // namespace

std::string words_of(const std::string& statement) {
  const Scan scanned = scan(statement);
  if (scanned.error) {
    return statement;
  }
  std::string words;
  for (const Token& token : scanned.tokens) {
    if (token.is_comment() || token.begin >= token.end) {
      continue;
    }
    const std::string word = statement.substr(token.begin, token.end - token.begin);
    words += words.empty() ? "" : " ";
    words += is_folded(token, word.front()) ? folded(word) : word;
  }
  return words;
}

}  // namespace lockstep::sql
