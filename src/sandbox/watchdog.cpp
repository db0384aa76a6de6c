#include "watchdog.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "process.h"

namespace lockstep::sandbox {

namespace {

// $1 is the folder. Nothing is ever written to the pipe, so `read` returns when our side of it is
// closed. The postmaster is known by its working folder, in case its number is another's by now.
constexpr const char* kScript = R"sh(
read -r line
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]; then
  kill -QUIT "$pid"
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf -- "$1"
)sh";

}  // namespace

Watchdog::Watchdog(const std::filesystem::path& folder) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  write_end_ = ends[1];
  try {
    pid_ =
        spawn({{"/bin/sh", "-c", kScript, "lockstep-watchdog", folder.string()}, {}, {}, ends[0]});
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  close(ends[0]);
}

Watchdog::~Watchdog() {
  close(write_end_);
  waitpid(pid_, nullptr, 0);
}

}  // namespace lockstep::sandbox
