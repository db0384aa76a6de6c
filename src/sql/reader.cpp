#include "reader.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace lockstep::sql {

std::size_t Reader::at(std::int32_t location) const {
  if (location < 0) {
    return last();
  }
  return std::min(source_.token_at(base_ + static_cast<std::size_t>(location)), last());
}

bool Reader::is(std::size_t i, PgQuery__Token kind) const {
  return i < last() && source_.tokens()[i].kind == kind;
}

std::string_view Reader::word(std::size_t i) const {
  if (i >= last()) {
    return {};
  }
  const Token& token = source_.tokens()[i];
  return std::string_view(source_.sql()).substr(token.begin, token.end - token.begin);
}

bool Reader::is_word(std::size_t i, std::string_view expected) const {
  const std::string_view actual = word(i);
  return std::equal(
      actual.begin(), actual.end(), expected.begin(), expected.end(),
      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

std::size_t Reader::closing(std::size_t i) const {
  std::size_t depth = 0;
  for (; i < last(); ++i) {
    const Token& token = source_.tokens()[i];
    if (opens_bracket(token)) {
      ++depth;
    } else if (closes_bracket(token) && --depth == 0) {
      return i;
    }
  }
  return last();
}

std::size_t Reader::find(std::initializer_list<PgQuery__Token> kinds, std::size_t from,
                         std::size_t to) const {
  for (std::size_t i = from; i < to; ++i) {
    const Token& token = source_.tokens()[i];
    const bool behind_dot = i > from && is(i - 1, PG_QUERY__TOKEN__ASCII_46);
    if (std::find(kinds.begin(), kinds.end(), token.kind) != kinds.end() && !behind_dot) {
      return i;
    }
    if (opens_bracket(token)) {
      i = closing(i);
    }
  }
  return to;
}

std::size_t Reader::end_of_element(std::size_t from, std::size_t to) const {
  return find({PG_QUERY__TOKEN__ASCII_44, PG_QUERY__TOKEN__ASCII_41, PG_QUERY__TOKEN__ASCII_93},
              from, to);
}

std::vector<TokenRange> Reader::elements(std::size_t from, std::size_t to) const {
  std::vector<TokenRange> result;
  while (from < to) {
    const std::size_t end = find({PG_QUERY__TOKEN__ASCII_44}, from, to);
    result.push_back(TokenRange{from, end});
    from = end + 1;
  }
  return result;
}

std::size_t Reader::after_name(std::size_t i) const {
  ++i;
  while (is(i, PG_QUERY__TOKEN__ASCII_46)) {
    i += 2;
  }
  return std::min(i, last());
}

core::SourceSpan Reader::span(TokenRange range) const {
  if (range.empty()) {
    return {};
  }
  return core::SourceSpan{source_.tokens()[range.first].begin,
                          source_.tokens()[range.last - 1].end};
}

std::string Reader::slice(TokenRange range) const {
  const core::SourceSpan bytes = span(range);
  return source_.placeholders().slice(bytes.begin, bytes.end);
}

std::string Reader::parsed_text(TokenRange range) const {
  const core::SourceSpan bytes = span(range);
  return source_.sql().substr(bytes.begin, bytes.end - bytes.begin);
}

std::string Reader::name(const char* text) const {
  return source_.placeholders().in_name(text);
}

std::optional<std::string> Reader::optional_name(const char* text) const {
  return *text != '\0' ? std::optional(name(text)) : std::nullopt;
}

std::string Reader::literal(const char* text) const {
  return source_.placeholders().in_literal(text);
}

core::QualifiedName Reader::relation(const PgQuery__RangeVar* relation) const {
  if (relation == nullptr) {
    return {};
  }
  if (*relation->catalogname != '\0') {
    report(at(relation->location), "a name with a database in front of it",
           "leave the database out: a migration runs in the one it is connected to");
  }
  return core::QualifiedName{name(relation->schemaname), name(relation->relname)};
}

core::QualifiedName Reader::qualified(PgQuery__Node* const* parts, std::size_t count) const {
  core::QualifiedName result;
  if (count > 0) {
    result.name = name(std::string(string_of(parts[count - 1])).c_str());
  }
  if (count > 1) {
    result.schema = name(std::string(string_of(parts[count - 2])).c_str());
  }
  return result;
}

std::vector<std::string> Reader::names(PgQuery__Node* const* list, std::size_t count) const {
  std::vector<std::string> result;
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(name(std::string(string_of(list[i])).c_str()));
  }
  return result;
}

void Reader::report(std::size_t token, std::string message, std::string remedy) const {
  const auto& tokens = source_.tokens();
  const std::size_t byte = token < tokens.size() ? tokens[token].begin : source_.sql().size();
  problems_.push_back(core::Problem{source_.location(byte), std::move(message), std::move(remedy)});
}

std::string_view string_of(const PgQuery__Node* node) {
  return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_STRING
             ? std::string_view(node->string->sval)
             : std::string_view{};
}

}  // namespace lockstep::sql
