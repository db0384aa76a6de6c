#pragma once

#include <sys/types.h>

#include <filesystem>

namespace lockstep::sandbox {

/// A small process that outlives us: when we end without having cleaned up (kill -9, a crash), it
/// stops the server in `folder`/data and removes the folder.
class Watchdog {
 public:
  /// Throws std::system_error.
  explicit Watchdog(const std::filesystem::path& folder);
  /// REQUIRES for a quiet end: the server is stopped. Returns once the process is gone.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  pid_t pid() const noexcept { return pid_; }

 private:
  int write_end_ = -1;  ///< closed by the kernel when we end, however we end
  pid_t pid_ = 0;
};

}  // namespace lockstep::sandbox
