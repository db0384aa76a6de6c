#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lockstep::bench {

struct Finished {
  int exit_code = 0;
  std::chrono::duration<double> took{0};
  std::string output;  ///< standard output and error together
};

/// Runs a program to its end, timed as a whole process. Found on PATH unless it has a slash.
/// Throws std::runtime_error if it cannot be started.
Finished run(const std::vector<std::string>& command);

/// The same, and an exit code other than 0 throws with what it printed.
Finished must_run(const std::vector<std::string>& command);

/// A program that runs while something else is measured.
class Background {
 public:
  /// Its output goes to `output_file`.
  Background(const std::vector<std::string>& command, const std::string& output_file);
  ~Background();  ///< ends it
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Waits for its own end; the exit code.
  int wait();
  /// Asks it to end (SIGINT), and waits.
  void interrupt();

 private:
  int pid_ = 0;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace lockstep::bench
