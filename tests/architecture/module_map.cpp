#include "module_map.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace lockstep::architecture {
namespace {

struct LibraryHeaders {
  std::string_view prefix;
  std::string_view library;
};

constexpr std::array kLibraryHeaders{
    LibraryHeaders{"openssl/", "OpenSSL"},
    LibraryHeaders{"yaml-cpp/", "yaml-cpp"},
    LibraryHeaders{"pg_query", "libpg_query"},
    LibraryHeaders{"protobuf-c/", "protobuf-c"},
    LibraryHeaders{"nlohmann/", "nlohmann/json"},
    LibraryHeaders{"pqxx/", "libpqxx"},
    LibraryHeaders{"libpq", "libpqxx"},
    LibraryHeaders{"spdlog/", "spdlog"},
    LibraryHeaders{"CLI/", "CLI11"},
    LibraryHeaders{"catch2/", "Catch2"},
    LibraryHeaders{"fmt/", "fmt"},
};

/// What would let time, chance or the machine into a module that has to be a function of its
/// arguments. Durations are values, so <chrono> is allowed and its clocks are not.
constexpr std::array<std::string_view, 4> kImpureHeaders{"random", "thread", "ctime", "time.h"};
constexpr std::array<std::string_view, 3> kFileHeaders{"fstream", "filesystem", "cstdio"};
const std::regex kClock(R"((system|steady|high_resolution|utc|file)_clock)");

/// core holds the clock and the file reader that the others are given.
constexpr std::string_view kHoldsTheSeams = "core";

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> cells(std::string_view row) {
  std::vector<std::string> result;
  row.remove_prefix(1);
  while (!row.empty()) {
    const auto end = std::min(row.find('|'), row.size());
    result.emplace_back(trim(row.substr(0, end)));
    row.remove_prefix(std::min(end + 1, row.size()));
  }
  return result;
}

/// The rows below the header line that starts with `header`.
std::vector<std::vector<std::string>> table(const std::string& markdown, std::string_view header) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(markdown);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (!inside) {
      inside = line.starts_with(header);
    } else if (!line.starts_with('|')) {
      break;
    } else if (!line.starts_with("|-")) {
      rows.push_back(cells(line));
    }
  }
  if (rows.empty()) {
    throw std::runtime_error("docs/architecture.md has no table " + std::string(header));
  }
  return rows;
}

bool contains(const auto& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::optional<std::string> own_header_complaint(const ModuleMap& map, const SourceFile& file,
                                                const std::string& header) {
  const Module& module = *map.find(file.module);
  const std::string rest = header.substr(std::string_view("lockstep/").size());
  const std::string target = rest.substr(0, rest.find('/'));
  if (target == file.module || module.may_include_all || module.may_include.contains(target)) {
    return std::nullopt;
  }
  return file.module + " may not include " + target;
}

std::optional<std::string> library_complaint(const ModuleMap& map, const SourceFile& file,
                                             const std::string& header) {
  const auto found =
      std::find_if(kLibraryHeaders.begin(), kLibraryHeaders.end(),
                   [&](const LibraryHeaders& known) { return header.starts_with(known.prefix); });
  if (found == kLibraryHeaders.end()) return std::nullopt;
  const std::string library(found->library);
  if (file.is_public_header) return library + " may not appear in a public header";
  const auto owners = map.libraries.find(library);
  if (owners == map.libraries.end()) return library + " is missing in the table of libraries";
  if (owners->second.contains(file.module) || owners->second.contains("all")) return std::nullopt;
  return file.module + " may not use " + library;
}

std::optional<std::string> purity_complaint(const Module& module, const std::string& header) {
  if (module.name == kHoldsTheSeams) return std::nullopt;
  const bool pure = module.purity == "yes";
  const bool without_files = pure || module.purity == "via FileReader";
  if (pure && contains(kImpureHeaders, header)) return module.name + " is pure";
  if (without_files && contains(kFileHeaders, header)) {
    return module.name + " reads files only through FileReader";
  }
  return std::nullopt;
}

std::optional<std::string> complaint(const ModuleMap& map, const SourceFile& file,
                                     const std::string& header, bool quoted) {
  if (header.starts_with("lockstep/")) return own_header_complaint(map, file, header);
  if (quoted && file.is_public_header) return "a public header may not need a private one";
  if (header.find("..") != std::string::npos) return "includes do not climb folders";
  if (auto found = library_complaint(map, file, header)) return found;
  return purity_complaint(*map.find(file.module), header);
}

}  // namespace

const Module* ModuleMap::find(std::string_view name) const {
  const auto found = std::find_if(modules.begin(), modules.end(),
                                  [&](const Module& module) { return module.name == name; });
  return found == modules.end() ? nullptr : &*found;
}

std::set<std::string> words(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::istringstream stream(spaced);
  std::set<std::string> result;
  for (std::string word; stream >> word;) {
    if (word != "–") result.insert(word);
  }
  return result;
}

ModuleMap read_module_map(const std::string& markdown) {
  ModuleMap map;
  for (const auto& row : table(markdown, "| module | holds | may include | pure |")) {
    if (row.size() != 4) throw std::runtime_error("module map: a row without four cells");
    Module module{.name = row[0], .may_include = words(row[2]), .purity = row[3]};
    module.may_include_all = module.may_include.erase("all") > 0;
    map.modules.push_back(module);
  }
  for (const auto& row : table(markdown, "| library | used in |")) {
    if (row.size() != 2) throw std::runtime_error("libraries: a row without two cells");
    for (const auto& library : words(row[0])) map.libraries[library] = words(row[1]);
  }
  return map;
}

std::vector<std::string> complaints(const ModuleMap& map, const SourceFile& file) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  if (map.find(file.module) == nullptr) return {file.path + ": no row for " + file.module};

  std::vector<std::string> result;
  const bool pure = map.find(file.module)->purity == "yes" && file.module != kHoldsTheSeams;
  std::istringstream lines(file.text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto where = file.path + ":" + std::to_string(number) + ": ";
    if (std::smatch match; std::regex_search(line, match, include)) {
      const std::string header = match[2];
      if (const auto found = complaint(map, file, header, match[1] == "\"")) {
        result.push_back(where + *found + " (" + header + ")");
      }
    } else if (pure && std::regex_search(line, kClock)) {
      result.push_back(where + file.module + " is pure and reads no clock");
    }
  }
  return result;
}

}  // namespace lockstep::architecture
