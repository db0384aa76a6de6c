#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/sql/variables.h"

namespace lockstep::sql {

/// Bytes of a text as lines and columns. `origin` is where the text's first byte stands in its
/// file: 1:1 for a whole file, elsewhere for a fragment.
class SourceMap {
 public:
  SourceMap(std::string_view text, core::SourceLocation origin);

  /// From now on bytes count in `bound`, which was made of the text and outlives this. Lines and
  /// columns stay the text's own: a variable's value stands where its ${name} does.
  void follow(const Bound& bound);

  /// A byte past the end counts as the end.
  core::SourceLocation location(std::size_t byte) const;

  /// The byte at which the n-th character (from 1) after `begin` starts.
  std::size_t byte_of_character(std::size_t begin, std::size_t n) const;

 private:
  std::size_t as_written(std::size_t byte) const;

  std::string_view text_;
  std::string_view read_;    ///< what bytes count in
  std::vector<Edit> edits_;  ///< what `read_` differs by
  core::SourceLocation origin_;
  std::vector<std::size_t> line_starts_;
};

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The first byte that is not part of a well-formed UTF-8 sequence (shortest form, no
/// surrogates, nothing above U+10FFFF), as PostgreSQL's own check has it.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

}  // namespace lockstep::sql
