#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::sandbox {

/// Whom a child process runs as, where not as ourselves.
struct UserId {
  uid_t user = 0;
  gid_t group = 0;
};

struct Command {
  std::vector<std::string>
      arguments;  ///< the first is the program, with its path or looked for in PATH
  std::optional<UserId> run_as;
  std::filesystem::path output;  ///< stdout and stderr are appended here; empty: thrown away
  int standard_input = -1;       ///< a descriptor to read from; -1: nothing
};

/// Starts it in a session of its own, so that a terminal's Ctrl-C does not reach it, in the root
/// folder, with no signal blocked. Throws std::system_error.
pid_t spawn(const Command& command);

/// The exit status as waitpid gives it, once the child has ended; nothing if it has not in time.
/// REQUIRES: a child of ours that nobody has waited for.
std::optional<int> wait_for(pid_t child, std::chrono::milliseconds timeout);

/// Runs it to its end. Throws std::runtime_error with its output if it fails.
void run(Command command);

/// What it writes to stdout and stderr, or nothing if it fails.
std::optional<std::string> output_of(Command command);

/// The end of a file, for error messages; empty if there is none.
std::string tail_of(const std::filesystem::path& file, std::size_t bytes = 4000);

}  // namespace lockstep::sandbox
