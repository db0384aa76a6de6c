#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lockstep/core/error.h"
#include "lockstep/core/file_reader.h"

namespace lockstep::test {

/// Files by path; folders are what paths say.
class MemoryFiles : public core::FileReader {
 public:
  MemoryFiles() = default;
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  void add_folder(const std::string& folder) { folders_.insert(folder); }
  void make_unreadable(const std::string& path) { unreadable_.insert(path); }

  std::optional<std::string> read(const std::string& path) const override {
    if (unreadable_.count(path) != 0) {
      throw core::InvalidInput(core::Problem{{path, 0, 0}, "permission denied", {}});
    }
    const auto found = files_.find(path);
    return found == files_.end() ? std::nullopt : std::optional<std::string>(found->second);
  }

  std::optional<std::vector<std::string>> list(const std::string& folder) const override {
    std::vector<std::string> names;
    bool exists = folders_.count(folder) != 0;
    for (const auto& file : files_) {
      if (file.first.rfind(folder + "/", 0) != 0) {
        continue;
      }
      exists = true;
      const std::string rest = file.first.substr(folder.size() + 1);
      if (rest.find('/') == std::string::npos) {
        names.push_back(rest);
      }
    }
    return exists ? std::optional<std::vector<std::string>>(names) : std::nullopt;
  }

 private:
  std::map<std::string, std::string> files_;
  std::set<std::string> folders_;
  std::set<std::string> unreadable_;
};

inline std::vector<std::string> lines(const core::Problems& problems) {
  std::vector<std::string> result;
  for (const core::Problem& problem : problems) {
    result.push_back(to_string(problem));
  }
  return result;
}

}  // namespace lockstep::test
