#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "lockstep/core/error.h"

namespace lockstep::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const char* what, int error) {
  throw core::InvalidInput(core::Problem{{path, 0, 0},
                                         fmt::format("{}: {}", what, std::strerror(error)),
                                         "check the path and its permissions"});
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }
  /// Gives errno, or 0.
  int close() {
    const int descriptor = value_;
    value_ = -1;
    return descriptor >= 0 && ::close(descriptor) != 0 ? errno : 0;
  }

 private:
  int value_;
};

/// Gives errno, or 0.
int write_and_sync(Descriptor& file, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file.value(), text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) {
      return errno;
    }
    written += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  if (::fsync(file.value()) != 0) {
    return errno;
  }
  return file.close();
}

void create_parent(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) {
    create_folder(parent.string());
  }
}

/// A folder of the working directory, as plans/, is made. Any other that is not there was most
/// likely misspelt.
void make_or_require_folder(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path().lexically_normal();
  std::error_code ignored;
  if (parent.empty() || fs::is_directory(parent, ignored)) {
    return;
  }
  if (parent.is_absolute() || parent.has_parent_path()) {
    throw core::InvalidInput(core::Problem{{path, 0, 0},
                                           fmt::format("there is no folder {}", parent.string()),
                                           "create it, or name a file in another one"});
  }
  create_folder(parent.string());
}

}  // namespace

void write_atomically(const std::string& path, const std::string& text) {
  make_or_require_folder(path);
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.value() < 0) {
    fail(path, "cannot write the file", errno);
  }
  int error = write_and_sync(file, text);
  if (error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(path, "cannot write the file", error);
  }
}

bool create_file(const std::string& path, const std::string& text) {
  create_parent(path);
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.value() < 0) {
    if (errno == EEXIST) {
      return false;
    }
    fail(path, "cannot create the file", errno);
  }
  if (const int error = write_and_sync(file, text)) {
    fail(path, "cannot write the file", error);
  }
  return true;
}

bool create_folder(const std::string& path) {
  std::error_code error;
  const bool created = fs::create_directories(path, error);
  if (error) {
    fail(path, "cannot create the folder", error.value());
  }
  return created;
}

std::string read_stdin() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

}  // namespace lockstep::cli
