#include "process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "temporary_folder.h"

namespace lockstep::sandbox {

namespace {

constexpr int kCannotStart = 127;
constexpr std::chrono::minutes kLongestRun{5};

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// An open file, closed at the end of the scope.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : number_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (number_ < 0) throw_errno(path.string());
  }
  ~Descriptor() { close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

/// In the child of a process with threads: only async-signal-safe calls.
[[noreturn]] void become(char* const* arguments, const std::optional<UserId>& user, int input,
                         int output) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  const bool redirected = dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
                          dup2(output, STDERR_FILENO) >= 0;
  const bool changed_user = !user || (setgroups(1, &user->group) == 0 && setgid(user->group) == 0 &&
                                      setuid(user->user) == 0);
  if (redirected && changed_user && chdir("/") == 0) execvp(arguments[0], arguments);
  _exit(kCannotStart);
}

std::string describe(const Command& command, int status) {
  const auto& program = command.arguments.front();
  if (WIFSIGNALED(status))
    return fmt::format("{} was ended by signal {}", program, WTERMSIG(status));
  if (WEXITSTATUS(status) == kCannotStart) return fmt::format("{} cannot be started", program);
  return fmt::format("{} failed with exit code {}", program, WEXITSTATUS(status));
}

int run_to_end(const Command& command) {
  const auto child = spawn(command);
  const auto status = wait_for(child, kLongestRun);
  if (status) return *status;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  throw std::runtime_error(command.arguments.front() + " did not end in time");
}

}  // namespace

pid_t spawn(const Command& command) {
  std::vector<char*> arguments;
  for (const auto& argument : command.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // execvp's type; it does not write
  }
  arguments.push_back(nullptr);
  const Descriptor nothing("/dev/null", O_RDONLY);
  const Descriptor output(command.output.empty() ? "/dev/null" : command.output,
                          O_WRONLY | O_CREAT | O_APPEND);
  const int input = command.standard_input >= 0 ? command.standard_input : nothing.number();
  const auto child = fork();
  if (child < 0) throw_errno("fork");
  if (child == 0) become(arguments.data(), command.run_as, input, output.number());
  return child;
}

std::optional<int> wait_for(pid_t child, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    int status = 0;
    const auto ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) throw_errno("waitpid");
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void run(Command command) {
  const TemporaryFolder folder;
  if (command.output.empty()) command.output = folder.path() / "output";
  const int status = run_to_end(command);
  if (status != 0) {
    throw std::runtime_error(describe(command, status) + "\n" + tail_of(command.output));
  }
}

std::optional<std::string> output_of(Command command) {
  const TemporaryFolder folder;
  command.output = folder.path() / "output";
  if (run_to_end(command) != 0) return std::nullopt;
  auto text = tail_of(command.output);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string tail_of(const std::filesystem::path& file, std::size_t bytes) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const auto size = static_cast<std::size_t>(stream.tellg());
  const auto count = std::min(size, bytes);
  stream.seekg(static_cast<std::streamoff>(size - count));
  std::string text(count, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(count));
  return text;
}

}  // namespace lockstep::sandbox
