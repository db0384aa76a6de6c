#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/report/style.h"

namespace lockstep::report {

/// Columns that the text takes: code points, escape sequences not counted.
std::size_t display_width(std::string_view text);

/// Safe on a terminal: control characters (line feeds too) become spaces, escape characters
/// question marks. For names and messages that come from a database or a file.
std::string printable(std::string_view text);

/// printable(), white space run together, cut with "..." to that many columns.
std::string one_line(std::string_view text, std::size_t width);

/// Filled with spaces on the right to that many columns.
std::string padded(std::string_view text, std::size_t width);

/// Words wrapped to `width` columns, each line but the first behind `indent`; the first is meant to
/// follow `first_indent` columns already written.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent,
                    std::size_t first_indent);

/// Rows as columns, two spaces apart, each row behind `indent` and with a line feed. The last
/// column is not padded.
std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view indent);

/// "1 tenant", "50 tenants".
std::string counted(std::size_t count, std::string_view noun);

/// "a, b, c and 7 more".
std::string listed(const std::vector<std::string>& names, std::size_t most);

/// The text with the options of style.place and style.tenants behind each command of ours that it
/// names.
std::string placed(std::string_view text, const Style& style);

/// What to say, and do next, where the folder of migrations is empty.
std::string no_migrations(std::string_view folder);

/// Colours, or nothing where the style has none.
class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  explicit Paint(const Style& style) : Paint(style.colour) {}
  std::string bold(std::string_view text) const { return in("1", text); }
  std::string dim(std::string_view text) const { return in("2", text); }
  std::string red(std::string_view text) const { return in("31", text); }
  std::string green(std::string_view text) const { return in("32", text); }
  std::string yellow(std::string_view text) const { return in("33", text); }
  std::string cyan(std::string_view text) const { return in("36", text); }

 private:
  std::string in(std::string_view code, std::string_view text) const;
  bool colour_;
};

}  // namespace lockstep::report
