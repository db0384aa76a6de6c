#include "server_programs.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "process.h"

namespace lockstep::sandbox {

namespace fs = std::filesystem;

namespace {

constexpr const char* kVariable = "LOCKSTEP_TEST_PG_BIN";

bool has_server(const fs::path& folder) {
  return access((folder / "postgres").c_str(), X_OK) == 0 &&
         access((folder / "initdb").c_str(), X_OK) == 0;
}

std::optional<fs::path> of_pg_config() {
  const auto folder = output_of({{"pg_config", "--bindir"}, {}, {}, -1});
  if (!folder || !has_server(*folder)) return std::nullopt;
  return *folder;
}

std::optional<fs::path> newest_packaged() {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const auto bin = entry.path() / "bin";
    if (has_server(bin)) found.emplace_back(std::atoi(entry.path().filename().c_str()), bin);
  }
  if (found.empty()) return std::nullopt;
  return std::max_element(found.begin(), found.end())->second;
}

std::optional<fs::path> in_path() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const fs::path folder(rest.substr(0, colon));
    if (has_server(folder)) return folder;
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

fs::path find_server_programs(const std::string& wanted) {
  std::string given = wanted;
  if (const char* variable = std::getenv(kVariable); given.empty() && variable != nullptr) {
    given = variable;
  }
  if (!given.empty()) {
    if (has_server(given)) return given;
    throw std::runtime_error("no PostgreSQL server (initdb and postgres) in " + given);
  }
  for (const auto& look : {of_pg_config, newest_packaged, in_path}) {
    if (auto folder = look()) return *folder;
  }
  throw std::runtime_error(
      "no PostgreSQL server found: neither by pg_config, nor in /usr/lib/postgresql, nor in PATH; "
      "install the package postgresql, or set " +
      std::string(kVariable) + " to its bin folder");
}

std::string version_text(const fs::path& bin_dir) {
  const auto text = output_of({{(bin_dir / "postgres").string(), "--version"}, {}, {}, -1});
  if (!text) throw std::runtime_error((bin_dir / "postgres").string() + " does not run");
  return *text;
}

int major_version(const std::string& version_text) {
  const auto digits = version_text.find_first_of("0123456789");
  return digits == std::string::npos ? 0 : std::atoi(version_text.c_str() + digits);
}

}  // namespace lockstep::sandbox
