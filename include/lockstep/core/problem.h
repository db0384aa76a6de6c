#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lockstep::core {

/// Where something stands in a file. Lines and columns count from 1; columns count characters
/// (code points), as PostgreSQL's own error positions do. Line 0 means "the file as a whole".
struct SourceLocation {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  friend bool operator==(const SourceLocation&, const SourceLocation&) = default;
};

/// A half-open range of bytes [begin, end) in a file's text.
struct SourceSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

/// Something wrong with what the user gave us. Problems are values: a loader collects all of
/// them in one run instead of stopping at the first.
struct Problem {
  SourceLocation where;
  std::string message;  ///< what is wrong, and why
  std::string remedy;   ///< what to do next; may be empty where the message says it

  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

/// "file:line:column: message" with the remedy, where there is one, on a second indented line.
std::string to_string(const Problem& problem);
/// "file:line:column", leaving out what is zero.
std::string to_string(const SourceLocation& where);

}  // namespace lockstep::core
