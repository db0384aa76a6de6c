#include "child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace lockstep::test {

ChildProcess::ChildProcess(const std::vector<std::string>& command,
                           const std::filesystem::path& folder,
                           const std::filesystem::path& output) {
  // Whatever allocates must do so before the fork.
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string directory = folder.string();
  const int out = open(output.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) throw std::system_error(errno, std::generic_category(), output.string());
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (chdir(directory.c_str()) == 0) execv(arguments[0], arguments.data());
    _exit(127);
  }
  const int error = errno;
  close(out);
  if (pid_ < 0) throw std::system_error(error, std::generic_category(), "fork");
}

ChildProcess::~ChildProcess() {
  kill();
}

void ChildProcess::take(int status) {
  running_ = false;
  if (WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
}

std::optional<int> ChildProcess::exit_code() {
  int status = 0;
  if (running_ && waitpid(pid_, &status, WNOHANG) == pid_) take(status);
  return exit_code_;
}

bool ChildProcess::kill() {
  if (!running_) return false;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  take(status);
  return WIFSIGNALED(status);
}

}  // namespace lockstep::test
