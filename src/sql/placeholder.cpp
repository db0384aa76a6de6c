#include "placeholder.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

#include "lockstep/core/names.h"

namespace lockstep::sql {

namespace {

using core::kTenantSchema;
using core::kTenantSchemaInBody;
using core::kTenantSchemaInIdentifier;
using core::kTenantSchemaInIdentifierInBody;
using core::kTenantSchemaInLiteral;
using core::kTenantSchemaInLiteralInBody;
using core::kTenantSchemaVerbatim;

constexpr std::size_t kLongestIdentifier = 63;

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

/// An identifier as long as the placeholder that occurs nowhere in the text, in whatever case.
std::string choose_stand_in(std::string_view text) {
  const std::string lower = lower_case(text);
  for (int number = 0; number < 100'000; ++number) {
    const std::string digits = std::to_string(number);
    std::string candidate = "qzx_" + std::string(5 - digits.size(), '0') + digits;
    if (lower.find(candidate) == std::string::npos) {
      return candidate;
    }
  }
  throw std::logic_error("no stand-in for ${schema} is left in a text of limited size");
}

bool begins_with(const std::string& sql, const Token& token, std::string_view letters) {
  return letters.find(sql[token.begin]) != std::string_view::npos;
}

const Token* token_around(const std::vector<Token>& tokens, std::size_t byte) {
  const auto after =
      std::upper_bound(tokens.begin(), tokens.end(), byte,
                       [](std::size_t b, const Token& token) { return b < token.begin; });
  if (after == tokens.begin() || std::prev(after)->end <= byte) {
    return nullptr;
  }
  return &*std::prev(after);
}

/// Whether a string literal is code: CREATE FUNCTION ... AS '...', DO '...', DO LANGUAGE x '...'.
bool is_body(const std::vector<Token>& tokens, const Token& literal) {
  std::vector<PgQuery__Token> before;
  for (const Token& token : tokens) {
    if (token.begin >= literal.begin) break;
    if (!token.is_comment()) before.push_back(token.kind);
  }
  const auto is = [&](std::size_t back, PgQuery__Token kind) {
    return before.size() >= back && before[before.size() - back] == kind;
  };
  return is(1, PG_QUERY__TOKEN__AS) || is(1, PG_QUERY__TOKEN__DO) ||
         is(2, PG_QUERY__TOKEN__LANGUAGE);
}

/// Text that is data to the parser, where ${...} may be the author's own.
bool is_data(const Token& token) {
  switch (token.kind) {
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__UIDENT:
    case PG_QUERY__TOKEN__SQL_COMMENT:
    case PG_QUERY__TOKEN__C_COMMENT:
      return true;
    default:
      return false;
  }
}

}  // namespace

Placeholders::Placeholders(std::string_view text) : text_(text), sql_(text) {
  if (text.find(kTenantSchema) == std::string_view::npos) {
    return;
  }
  stand_in_ = choose_stand_in(text);
  for (std::size_t at = sql_.find(kTenantSchema); at != std::string::npos;
       at = sql_.find(kTenantSchema, at + kTenantSchema.size())) {
    sql_.replace(at, kTenantSchema.size(), stand_in_);
    uses_.push_back(Use{at, kTenantSchema});
  }
}

void Placeholders::classify(const std::vector<Token>& tokens, bool in_bodies, const SourceMap& map,
                            core::Problems& problems) {
  reject_others(tokens, map, problems);
  for (Use& use : uses_) {
    const Token* token = token_around(tokens, use.begin);
    if (token == nullptr) {
      continue;  // beyond where the scanner gave up, which is a Problem already
    }
    const auto reject = [&](std::string message, std::string remedy) {
      problems.push_back(
          core::Problem{map.location(use.begin), std::move(message), std::move(remedy)});
    };
    const bool alone = token->begin == use.begin && token->end == use.begin + stand_in_.size();
    if (token->is_comment()) {
      use.form = kTenantSchemaVerbatim;
    } else if (token->kind == PG_QUERY__TOKEN__SCONST && begins_with(sql_, *token, "$")) {
      const std::string_view in_body = form_in_body(*token, use.begin);
      use.form = in_bodies ? in_body : kTenantSchemaVerbatim;
      if (in_bodies && in_body.empty()) {
        reject("nothing says whether ${schema} is a name or a text at this place of the body",
               "write it as a name of its own, or in quotes");
      }
    } else if (token->kind == PG_QUERY__TOKEN__SCONST && begins_with(sql_, *token, "'")) {
      use.form = kTenantSchemaInLiteral;
      if (is_body(tokens, *token)) {
        reject("${schema} cannot stand in a body between single quotes",
               "write the body between $$, and placeholders_in_bodies = true above the file");
      }
    } else if (token->kind == PG_QUERY__TOKEN__IDENT && begins_with(sql_, *token, "\"")) {
      use.form = kTenantSchemaInIdentifier;
      if (token->end - token->begin - 2 > kLongestIdentifier) {
        reject("this name with ${schema} in it is longer than PostgreSQL's 63 bytes", "shorten it");
      }
    } else if (token->kind == PG_QUERY__TOKEN__IDENT && alone) {
      use.form = kTenantSchema;
    } else if (token->kind == PG_QUERY__TOKEN__IDENT) {
      reject("${schema} is part of a longer name",
             "write the whole name in double quotes: \"${schema}_name\"");
    } else {
      reject("${schema} cannot stand in this kind of literal",
             "write a plain literal, '...', without E, U&, B or X before it");
    }
  }
}

std::string_view Placeholders::form_in_body(const Token& quoted, std::size_t use) const {
  const std::size_t tag = sql_.find('$', quoted.begin + 1) + 1 - quoted.begin;
  const std::size_t begin = quoted.begin + tag;
  const std::string body = sql_.substr(begin, quoted.end - tag - begin);
  const Scan scanned = scan(body);
  if (scanned.error) return {};
  const Token* token = token_around(scanned.tokens, use - begin);
  if (token == nullptr) return {};
  if (token->is_comment()) return kTenantSchemaVerbatim;
  const bool alone = token->end - token->begin == stand_in_.size();
  if (token->kind == PG_QUERY__TOKEN__IDENT) {
    if (begins_with(body, *token, "\"")) return kTenantSchemaInIdentifierInBody;
    return alone ? kTenantSchemaInBody : std::string_view{};
  }
  const bool literal = token->kind == PG_QUERY__TOKEN__SCONST && begins_with(body, *token, "'");
  return literal ? kTenantSchemaInLiteralInBody : std::string_view{};
}

void Placeholders::reject_others(const std::vector<Token>& tokens, const SourceMap& map,
                                 core::Problems& problems) {
  for (std::size_t at = text_.find("${"); at != std::string::npos; at = text_.find("${", at + 2)) {
    const std::string_view rest = std::string_view(text_).substr(at);
    if (rest.starts_with(kTenantSchema)) {
      continue;
    }
    const Token* token = token_around(tokens, at);
    const bool reserved = rest.starts_with("${schema:");
    if (!reserved && token != nullptr && is_data(*token)) {
      continue;
    }
    const std::size_t close = rest.find_first_of("}\n");
    const bool closed = close != std::string_view::npos && rest[close] == '}';
    const std::string name(closed ? rest.substr(0, close + 1) : rest.substr(0, 2));
    problems.push_back(core::Problem{
        map.location(at), name + " is no placeholder",
        "${schema} stands for the tenant's schema, and ${name} for a variable of lockstep.yaml"});
    if (closed && !reserved) {
      sql_.replace(at, name.size(), std::string(name.size(), 'q'));
    }
  }
}

std::string Placeholders::slice(std::size_t begin, std::size_t end) const {
  std::string result;
  std::size_t from = begin;
  for (const Use& use : uses_) {
    if (use.begin < begin || use.begin + stand_in_.size() > end) {
      continue;
    }
    result.append(text_, from, use.begin - from);
    result.append(use.form);
    from = use.begin + stand_in_.size();
  }
  result.append(text_, from, end - from);
  return result;
}

std::string Placeholders::in_name(std::string_view text) const {
  const bool whole = text == stand_in_ && !stand_in_.empty();
  return replaced(text, whole ? kTenantSchema : kTenantSchemaInIdentifier);
}

std::string Placeholders::in_literal(std::string_view text) const {
  return replaced(text, kTenantSchemaInLiteral);
}

std::string Placeholders::in_message(std::string_view text) const {
  return replaced(text, kTenantSchema);
}

std::string Placeholders::verbatim(std::string_view text) const {
  return replaced(text, kTenantSchemaVerbatim);
}

std::string Placeholders::replaced(std::string_view text, std::string_view form) const {
  std::string result(text);
  if (stand_in_.empty()) {
    return result;
  }
  for (std::size_t at = result.find(stand_in_); at != std::string::npos;
       at = result.find(stand_in_, at + form.size())) {
    result.replace(at, stand_in_.size(), form);
  }
  return result;
}

}  // namespace lockstep::sql
