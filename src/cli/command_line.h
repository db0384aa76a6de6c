#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "context.h"
#include "exit_code.h"

namespace lockstep::cli {

/// What was typed: the command, ready to run, and what all commands share.
struct Invocation {
  std::function<ExitCode(Context&)> command;
  config::Flags flags;
  OutputOptions output;
  std::string repeated_flags;
};

/// Either an invocation, or an answer to print (help, version, a usage error) with its exit code.
struct Parsed {
  std::optional<Invocation> invocation;
  std::string answer;
  ExitCode code = ExitCode::kDone;
};

/// As a shell takes it for one word.
std::string shell_word(const std::string& text);

Parsed parse_command_line(int argc, const char* const* argv);

}  // namespace lockstep::cli
