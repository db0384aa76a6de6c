#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::core {

/// The part of a file system that reading code needs. Paths are as the user wrote them.
class FileReader {
 public:
  virtual ~FileReader() = default;

  /// The bytes of a file, or nothing if there is no such file.
  /// Throws core::InvalidInput if it exists and cannot be read (permission, a directory).
  virtual std::optional<std::string> read(const std::string& path) const = 0;

  /// The names (not paths) of the regular files directly in a folder, sorted bytewise, or nothing
  /// if there is no such folder.
  virtual std::optional<std::vector<std::string>> list(const std::string& folder) const = 0;
};

/// Reads the machine's files.
std::unique_ptr<FileReader> disk_reader();

}  // namespace lockstep::core
