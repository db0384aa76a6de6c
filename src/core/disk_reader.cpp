#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "lockstep/core/error.h"
#include "lockstep/core/file_reader.h"

namespace lockstep::core {

namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// ENOTDIR: a folder on the way is a file, so there is nothing of that name either.
bool is_absent(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

[[noreturn]] void refuse(const std::string& path, const std::error_code& error) {
  throw InvalidInput(Problem{{.file = path}, "cannot be read: " + error.message(), {}});
}

std::error_code last_error() {
  return {errno, std::generic_category()};
}

class DiskReader final : public FileReader {
 public:
  std::optional<std::string> read(const std::string& path) const override {
    const File file(std::fopen(path.c_str(), "rb"));
    if (!file) {
      const auto error = last_error();
      if (is_absent(error)) return std::nullopt;
      refuse(path, error);
    }
    std::string bytes;
    std::array<char, 65536> buffer{};
    while (const auto count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
      bytes.append(buffer.data(), count);
    }
    if (std::ferror(file.get()) != 0) refuse(path, last_error());
    return bytes;
  }

  std::optional<std::vector<std::string>> list(const std::string& folder) const override {
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    std::vector<std::string> names;
    while (!error && entry != fs::directory_iterator()) {
      // A link that points nowhere is no regular file and no error.
      std::error_code ignored;
      if (entry->is_regular_file(ignored)) names.push_back(entry->path().filename().string());
      entry.increment(error);
    }
    if (is_absent(error)) return std::nullopt;
    if (error) refuse(folder, error);
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace

std::unique_ptr<FileReader> disk_reader() {
  return std::make_unique<DiskReader>();
}

}  // namespace lockstep::core
