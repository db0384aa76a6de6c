#pragma once

#include <string>

#include "lockstep/core/problem.h"

namespace lockstep::config {

/// Whether `${name}` in a migration can stand for a setting of `variables:`; else a Problem.
bool check_variable_name(const std::string& name, const core::SourceLocation& where,
                         core::Problems& problems);

/// A value is one line: it stands within a line of a migration, and must not begin a placeholder.
bool check_variable_value(const std::string& name, const std::string& value,
                          const core::SourceLocation& where, core::Problems& problems);

/// "LOCKSTEP_VAR_REGION" names region; empty for a variable of the environment that names none.
std::string variable_of(const std::string& environment_name);

}  // namespace lockstep::config
