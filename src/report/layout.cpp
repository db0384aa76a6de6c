#include "layout.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace lockstep::report {
namespace {

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20U || byte == 0x7FU;
}

/// The bytes that hold the first `characters` code points.
std::size_t bytes_of(std::string_view text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && seen++ == characters) {
      return i;
    }
  }
  return text.size();
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
    } else if (begins_character(text[i])) {
      ++width;
    }
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool c1_control =
        text[i] == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
    if (c1_control) {
      result += '?';
      ++i;
    } else if (text[i] == '\x1b') {
      result += '?';
    } else {
      result += is_control(text[i]) ? ' ' : text[i];
    }
  }
  return result;
}

std::string one_line(std::string_view text, std::size_t width) {
  std::string result;
  for (const char c : printable(text)) {
    if (c != ' ' || (!result.empty() && result.back() != ' ')) {
      result += c;
    }
  }
  while (!result.empty() && result.back() == ' ') {
    result.pop_back();
  }
  if (display_width(result) <= width) {
    return result;
  }
  const std::size_t kept = width > 3 ? width - 3 : 0;
  return result.substr(0, bytes_of(result, kept)) +
         std::string("...").substr(0, std::min<std::size_t>(width, 3));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent,
                    std::size_t first_indent) {
  std::string result;
  std::size_t column = first_indent;
  std::size_t begin = 0;
  bool line_is_empty = true;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) {
      continue;
    }
    const std::size_t needed = display_width(word) + (line_is_empty ? 0 : 1);
    if (!line_is_empty && column + needed > width) {
      result += '\n';
      result += indent;
      column = display_width(indent);
      line_is_empty = true;
    }
    if (!line_is_empty) {
      result += ' ';
      ++column;
    }
    result += word;
    column += display_width(word);
    line_is_empty = false;
  }
  return result;
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string result;
  for (const auto& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths[i] != 0) {
        line += padded(row[i], widths[i]) + "  ";
      }
    }
    while (!line.empty() && line.back() == ' ') {
      line.pop_back();
    }
    result += line + "\n";
  }
  return result;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string result;
  const std::size_t shown = names.size() <= most + 1 ? names.size() : most;
  for (std::size_t i = 0; i < shown; ++i) {
    result += (i == 0 ? "" : ", ") + printable(names[i]);
  }
  if (shown < names.size()) {
    result += fmt::format(" and {} more", names.size() - shown);
  }
  return result;
}

std::string placed(std::string_view text, const Style& style) {
  constexpr std::string_view kOurs = "lockstep ";
  constexpr std::string_view kCommands[] = {"apply",  "baseline", "history",  "lint",
                                            "new",    "pause",    "plan",     "purge",
                                            "repair", "resume",   "rollback", "status"};
  std::string result;
  for (;;) {
    const std::size_t begin = text.find(kOurs);
    if (begin == std::string_view::npos) {
      break;
    }
    const std::size_t end = begin + kOurs.size();
    const std::size_t word =
        std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", end), text.size());
    const auto* known =
        std::find(std::begin(kCommands), std::end(kCommands), text.substr(end, word - end));
    const bool there = !style.place.empty() && text.substr(word).rfind(style.place, 0) == 0;
    result += text.substr(0, word);
    if (known != std::end(kCommands) && !there) {
      result += style.place + (*known == "apply" || *known == "plan" ? style.tenants : "");
    }
    text.remove_prefix(word);
  }
  return result + std::string(text);
}

std::string no_migrations(std::string_view folder) {
  return fmt::format("{} has no migrations yet. Write the first: lockstep new first_tables",
                     printable(folder));
}

std::string Paint::in(std::string_view code, std::string_view text) const {
  return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

}  // namespace lockstep::report
