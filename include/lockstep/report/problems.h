#pragma once

#include <string>
#include <string_view>

#include "lockstep/core/problem.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// One problem a paragraph: place, message, and what to do next, indented.
std::string problems_text(const core::Problems& problems, const Style& style);

/// {format: "lockstep.error/1", kind, exit_code, problems: [{file, line, column, message,
/// remedy}]}: what a command prints instead of its own JSON when it cannot do its work.
std::string error_json(std::string_view kind, int exit_code, const core::Problems& problems);

}  // namespace lockstep::report
