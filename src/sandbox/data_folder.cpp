#include "data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace lockstep::sandbox {

namespace fs = std::filesystem;

namespace {

/// Held by one process at a time, until the end of the scope or of the process.
class FileLock {
 public:
  explicit FileLock(const fs::path& path)
      : number_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (number_ < 0 || flock(number_, LOCK_EX) != 0) {
      throw std::system_error(errno, std::generic_category(), path.string());
    }
  }
  ~FileLock() { close(number_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int number_;
};

void initdb(const fs::path& data, const fs::path& bin_dir, const std::optional<UserId>& owner) {
  run({{(bin_dir / "initdb").string(), "--pgdata=" + data.string(), "--username=postgres",
        "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
       owner,
       {},
       -1});
}

/// With owners and permissions, on which the server insists.
void copy_folder(const fs::path& from, const fs::path& to) {
  run({{"cp", "-a", "--", from.string(), to.string()}, {}, {}, -1});
}

/// A folder name that tells builds of the server apart.
std::string name_for(std::string version_text, const std::optional<UserId>& owner) {
  std::replace_if(
      version_text.begin(), version_text.end(),
      [](char c) {
        return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
      },
      '-');
  return version_text + "-u" + std::to_string(owner ? owner->user : geteuid());
}

}  // namespace

void make_data_folder(const fs::path& data, const fs::path& bin_dir,
                      const std::string& version_text, const std::optional<UserId>& owner,
                      const fs::path& template_folder) {
  if (template_folder.empty()) {
    initdb(data, bin_dir, owner);
    return;
  }
  fs::create_directories(template_folder);
  const auto kept = template_folder / name_for(version_text, owner);
  const FileLock lock(kept.string() + ".lock");
  if (fs::exists(kept)) {
    copy_folder(kept, data);
    return;
  }
  initdb(data, bin_dir, owner);
  // Complete under its final name or not there at all, also if we are killed in between.
  const fs::path half_way = kept.string() + ".new";
  fs::remove_all(half_way);
  copy_folder(data, half_way);
  fs::rename(half_way, kept);
}

}  // namespace lockstep::sandbox
