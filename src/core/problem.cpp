#include "lockstep/core/problem.h"

#include <fmt/format.h>

namespace lockstep::core {

std::string to_string(const SourceLocation& where) {
  if (where.line == 0) return where.file;
  std::string text = where.file;
  if (!text.empty()) text += ':';
  text += fmt::format("{}", where.line);
  if (where.column != 0) text += fmt::format(":{}", where.column);
  return text;
}

std::string to_string(const Problem& problem) {
  const auto place = to_string(problem.where);
  auto text = place.empty() ? problem.message : fmt::format("{}: {}", place, problem.message);
  if (!problem.remedy.empty()) text += fmt::format("\n  {}", problem.remedy);
  return text;
}

}  // namespace lockstep::core
