#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/problem.h"
#include "scan.h"
#include "source_map.h"

namespace lockstep::sql {

/// ${schema} is no SQL. Before parsing, each is replaced by an identifier of the same length that
/// occurs nowhere else in the text (the stand-in), so that every byte keeps its position. What the
/// scanner says of the token around it decides which of the forms of core/names.h it becomes in
/// the texts that leave this module.
class Placeholders {
 public:
  /// The text with stand-ins. Knows no forms yet.
  explicit Placeholders(std::string_view text);

  const std::string& sql() const { return sql_; }

  /// Decides the forms, given the scan of sql(). Reports what stands where no placeholder can,
  /// and every other ${name}; those become identifiers in sql(), for the rest to be parsed.
  void classify(const std::vector<Token>& tokens, bool in_bodies, const SourceMap& map,
                core::Problems& problems);

  /// The author's bytes [begin, end), placeholders in their forms.
  std::string slice(std::size_t begin, std::size_t end) const;

  /// A name, literal or message of the parser's, which holds stand-ins, as the author meant it.
  std::string in_name(std::string_view text) const;
  std::string in_literal(std::string_view text) const;
  std::string in_message(std::string_view text) const;
  std::string verbatim(std::string_view text) const;

 private:
  struct Use {
    std::size_t begin;
    std::string_view form;
  };

  /// Of a use inside a dollar-quoted text, as the words of that text have it; empty: cannot be
  /// told.
  std::string_view form_in_body(const Token& quoted, std::size_t use) const;
  void reject_others(const std::vector<Token>& tokens, const SourceMap& map,
                     core::Problems& problems);
  std::string replaced(std::string_view text, std::string_view form) const;

  std::string text_;
  std::string sql_;
  std::string stand_in_;
  std::vector<Use> uses_;
};

}  // namespace lockstep::sql
