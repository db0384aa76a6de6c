#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::architecture {

/// One row of the module map.
struct Module {
  std::string name;
  std::set<std::string> may_include;
  bool may_include_all = false;
  std::string purity;
};

/// The two tables of docs/architecture.md.
struct ModuleMap {
  std::vector<Module> modules;
  /// Third-party library -> the modules that may use it; "all" stands for every module.
  std::map<std::string, std::set<std::string>> libraries;

  /// Null when there is no such row.
  const Module* find(std::string_view name) const;
};

/// Reads the tables. Throws std::runtime_error when they are missing.
ModuleMap read_module_map(const std::string& markdown);

/// A source file of the product.
struct SourceFile {
  std::string path;  ///< as shown in complaints: src/sql/parse.cpp
  std::string module;
  bool is_public_header = false;
  std::string text;
};

/// Everything in the file that the map does not allow, one sentence each.
std::vector<std::string> complaints(const ModuleMap& map, const SourceFile& file);

/// Words separated by commas or spaces.
std::set<std::string> words(std::string_view text);

}  // namespace lockstep::architecture
