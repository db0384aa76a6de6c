#pragma once

#include <string>
#include <vector>

namespace lockstep::cases {

struct Case {
  std::string path;
  std::string about;
  std::string catalog;
  std::string sql;
  std::string yaml;
  std::string hazards;
  std::string plan;
};

/// Throws std::runtime_error where the file cannot be read or has an unknown section.
Case read_case(const std::string& path);
void write_case(const Case& value);

/// All case files below the folder, sorted.
std::vector<std::string> case_files(const std::string& folder);

}  // namespace lockstep::cases
