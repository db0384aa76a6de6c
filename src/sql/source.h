#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/sql/variables.h"
#include "placeholder.h"
#include "scan.h"
#include "source_map.h"

namespace lockstep::sql {

/// A text made ready for the parser: checked, scanned, placeholders replaced.
class Source {
 public:
  /// What is wrong with the text as a whole goes to `problems`; usable() says whether there is
  /// anything to parse. `text` must outlive this.
  Source(std::string_view text, const core::SourceLocation& origin, bool placeholder_in_bodies,
         core::Problems& problems, const Variables& variables = {});
  Source(const Source&) = delete;  // the map looks into the text
  Source& operator=(const Source&) = delete;

  bool usable() const { return usable_; }
  /// The scanner reached the end of the text; else sql() ends where it gave up.
  bool complete() const { return complete_; }

  /// The text with its variables bound: what all bytes but location()'s result count in.
  const std::string& text() const { return bound_.text; }
  /// What the parser reads.
  const std::string& sql() const { return sql_; }
  const std::vector<Token>& tokens() const { return tokens_; }  ///< without comments
  const std::vector<Token>& comments() const { return comments_; }
  const Placeholders& placeholders() const { return placeholders_; }
  bool placeholder_in_bodies() const { return in_bodies_; }

  core::SourceLocation location(std::size_t byte) const { return map_.location(byte); }
  /// Where a syntax error stands that was found in the text from `begin` on.
  std::size_t byte_of(const SyntaxError& error, std::size_t begin) const;

  /// The first token that begins at `byte` or after it.
  std::size_t token_at(std::size_t byte) const;

 private:
  void scan_text(core::Problems& problems);

  Bound bound_;
  SourceMap map_;
  bool in_bodies_;
  Placeholders placeholders_;
  std::string sql_;
  std::vector<Token> tokens_;
  std::vector<Token> comments_;
  bool usable_ = false;
  bool complete_ = true;
};

/// "PostgreSQL 15", the grammar that was linked in.
std::string grammar_name();

/// A problem that the scanner or the parser found.
core::Problem syntax_problem(const Source& source, const SyntaxError& error, std::size_t begin);

}  // namespace lockstep::sql
