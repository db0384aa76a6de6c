#include "temporary_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace lockstep::sandbox {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestSocketPath = 107;
constexpr std::string_view kSocketName = "/.s.PGSQL.5432.lock";
constexpr std::string_view kFolderName = "/lockstep-XXXXXX";

bool others_may_enter(const fs::path& folder) {
  auto part = fs::path{};
  for (const auto& name : folder) {
    part /= name;
    std::error_code error;
    const auto mode = fs::status(part, error).permissions();
    if (error || (mode & fs::perms::others_exec) == fs::perms::none) return false;
  }
  return true;
}

fs::path parent_folder() {
  const char* wanted = std::getenv("TMPDIR");
  if (wanted == nullptr || wanted[0] != '/') return "/tmp";
  fs::path folder(wanted);
  const auto length = folder.native().size() + kFolderName.size() + kSocketName.size();
  if (length > kLongestSocketPath || !fs::is_directory(folder)) return "/tmp";
  return geteuid() != 0 || others_may_enter(folder) ? folder : fs::path("/tmp");
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  auto name = parent_folder().string() + std::string(kFolderName);
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace lockstep::sandbox
