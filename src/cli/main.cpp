#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "command_line.h"
#include "context.h"
#include "exit_code.h"
#include "lockstep/core/clock.h"
#include "lockstep/core/file_reader.h"
#include "output.h"
#include "run.h"
#include "signals.h"

namespace {

using lockstep::cli::ExitCode;

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return result;
}

}  // namespace

/// The composition root: everything is made here and handed down by reference.
int main(int argc, char** argv) {
  const lockstep::cli::Parsed parsed = lockstep::cli::parse_command_line(argc, argv);
  if (!parsed.invocation) {
    std::FILE* stream = parsed.code == ExitCode::kDone ? stdout : stderr;
    std::fputs(parsed.answer.c_str(), stream);
    return static_cast<int>(parsed.code);
  }
  lockstep::cli::Signals signals;  // before any other thread
  const auto files = lockstep::core::disk_reader();
  const auto variables = environment();
  const auto clock = lockstep::core::system_clock();
  lockstep::cli::Output output(parsed.invocation->output);
  lockstep::cli::Context context{*files,
                                 variables,
                                 *clock,
                                 signals,
                                 output,
                                 parsed.invocation->flags,
                                 parsed.invocation->repeated_flags};
  return static_cast<int>(run_guarded(parsed.invocation->command, context));
}
