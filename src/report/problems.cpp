#include "lockstep/report/problems.h"

#include <fmt/format.h>

#include "json.h"
#include "layout.h"

namespace lockstep::report {

std::string problems_text(const core::Problems& problems, const Style& style) {
  const Paint paint(style);
  std::string result;
  for (const core::Problem& problem : problems) {
    std::string place = core::to_string(problem.where);
    if (problem.where.line == 0 && problem.message.rfind(place, 0) == 0) {
      place.clear();  // the message says it
    }
    if (!place.empty()) {
      result += paint.bold(printable(place)) + ": ";
    }
    result += wrapped(printable(problem.message), style.width, "  ",
                      place.empty() ? 0 : display_width(place) + 2) +
              "\n";
    if (!problem.remedy.empty()) {
      result +=
          "  " + wrapped(printable(placed(problem.remedy, style)), style.width, "  ", 2) + "\n";
    }
  }
  return result;
}

std::string error_json(std::string_view kind, int exit_code, const core::Problems& problems) {
  return printed({{"format", "lockstep.error/1"},
                  {"kind", kind},
                  {"exit_code", exit_code},
                  {"problems", to_json(problems)}});
}

}  // namespace lockstep::report
