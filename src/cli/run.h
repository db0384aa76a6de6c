#pragma once

#include <functional>

#include "context.h"
#include "exit_code.h"

namespace lockstep::cli {

/// Runs a command and turns what it throws into a message and an exit code.
ExitCode run_guarded(const std::function<ExitCode(Context&)>& command, Context& context);

}  // namespace lockstep::cli
