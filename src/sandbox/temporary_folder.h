#pragma once

#include <filesystem>

namespace lockstep::sandbox {

/// A folder of our own, removed with everything in it at the end. In $TMPDIR where a socket's
/// path still fits (107 bytes) and, for root, other users can reach it; else in /tmp.
class TemporaryFolder {
 public:
  /// Throws std::system_error.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace lockstep::sandbox
