#include "case_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lockstep::cases {

namespace {

constexpr const char* kMark = "=== ";

std::string* section(Case& value, const std::string& name) {
  if (name == "catalog") return &value.catalog;
  if (name == "sql") return &value.sql;
  if (name == "yaml") return &value.yaml;
  if (name == "hazards") return &value.hazards;
  if (name == "plan") return &value.plan;
  return nullptr;
}

void write_section(std::ostream& out, const char* name, const std::string& text) {
  if (!text.empty()) out << kMark << name << "\n" << text;
}

}  // namespace

Case read_case(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Case value;
  value.path = path;
  std::string* current = &value.about;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(kMark, 0) == 0) {
      current = section(value, line.substr(4));
      if (!current) throw std::runtime_error(path + ": unknown section " + line);
    } else {
      *current += line + "\n";
    }
  }
  return value;
}

void write_case(const Case& value) {
  std::ofstream file(value.path, std::ios::trunc);
  file << value.about;
  write_section(file, "catalog", value.catalog);
  write_section(file, "sql", value.sql);
  write_section(file, "yaml", value.yaml);
  write_section(file, "hazards", value.hazards);
  write_section(file, "plan", value.plan);
}

std::vector<std::string> case_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".case") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace lockstep::cases
