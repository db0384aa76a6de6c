#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::test {

/// A program that runs beside the test. Killed at the end of this object if it still runs.
class ChildProcess {
 public:
  /// Starts `command` in `folder`; what it prints goes to the file `output`.
  ChildProcess(const std::vector<std::string>& command, const std::filesystem::path& folder,
               const std::filesystem::path& output);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Its exit code once it has ended by itself, else nothing.
  std::optional<int> exit_code();
  /// SIGKILL. False if it had ended before the signal came.
  bool kill();

 private:
  void take(int status);

  pid_t pid_ = 0;
  bool running_ = true;
  std::optional<int> exit_code_;
};

}  // namespace lockstep::test
