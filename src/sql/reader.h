#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar.h"
#include "lockstep/core/names.h"
#include "lockstep/core/problem.h"
#include "scan.h"
#include "source.h"

namespace lockstep::sql {

/// One statement on its way into a StatementBody: its tree says what it means, its tokens where
/// the author wrote it. Indexes count the source's tokens, comments left out, and are limited to
/// the statement's.
class Reader {
 public:
  /// `base` is what the positions in the statement's tree count from.
  Reader(const Source& source, std::size_t base, TokenRange range, core::Problems& problems)
      : source_(source), base_(base), range_(range), problems_(problems) {}

  const Source& source() const { return source_; }
  std::size_t first() const { return range_.first; }
  std::size_t last() const { return range_.last; }
  core::Problems& problems() const { return problems_; }

  // --- tokens ---
  std::size_t at(std::int32_t location) const;
  bool is(std::size_t i, PgQuery__Token kind) const;
  /// The word in lower case, for keywords that not every grammar has.
  bool is_word(std::size_t i, std::string_view expected) const;
  std::string_view word(std::size_t i) const;
  /// The bracket that closes the one at i, and the index after it.
  std::size_t closing(std::size_t i) const;
  std::size_t after_group(std::size_t i) const { return closing(i) + 1; }
  /// The first token from `from` on, outside of brackets, that is one of `kinds` and no name
  /// behind a dot; `to` if none is.
  std::size_t find(std::initializer_list<PgQuery__Token> kinds, std::size_t from,
                   std::size_t to) const;
  /// The comma or closing bracket that ends the list element that begins at `from`.
  std::size_t end_of_element(std::size_t from, std::size_t to) const;
  /// [from, to) cut at commas outside of brackets.
  std::vector<TokenRange> elements(std::size_t from, std::size_t to) const;
  /// The index after a name, with its dots, that begins at i.
  std::size_t after_name(std::size_t i) const;

  core::SourceSpan span(TokenRange range) const;
  /// The author's bytes from the first token to the last.
  std::string slice(TokenRange range) const;
  /// The same as the parser reads them.
  std::string parsed_text(TokenRange range) const;

  // --- names ---
  std::string name(const char* text) const;
  std::optional<std::string> optional_name(const char* text) const;
  std::string literal(const char* text) const;
  core::QualifiedName relation(const PgQuery__RangeVar* relation) const;
  /// A list of String nodes, the last being the name. A leading database is left out.
  core::QualifiedName qualified(PgQuery__Node* const* parts, std::size_t count) const;
  std::vector<std::string> names(PgQuery__Node* const* list, std::size_t count) const;

  /// Reports at a token.
  void report(std::size_t token, std::string message, std::string remedy) const;

 private:
  const Source& source_;
  std::size_t base_;
  TokenRange range_;
  core::Problems& problems_;
};

/// A String node's text; empty for another node.
std::string_view string_of(const PgQuery__Node* node);

}  // namespace lockstep::sql
