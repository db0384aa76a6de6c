// The picture in docs/architecture.md is the program: every include is an arrow of its map.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "module_map.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using namespace lockstep::architecture;

namespace {

const fs::path kRoot = LOCKSTEP_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

ModuleMap documented_map() {
  return read_module_map(read(kRoot / "docs" / "architecture.md"));
}

/// All sources below `folder`, whose first level is the module.
std::vector<SourceFile> sources_below(const fs::path& folder, bool is_public) {
  std::vector<SourceFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const auto module = entry.path().lexically_relative(folder).begin()->string();
    files.push_back({.path = entry.path().lexically_relative(kRoot).string(),
                     .module = module,
                     .is_public_header = is_public,
                     .text = read(entry.path())});
  }
  return files;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

/// The module names after DEPENDS in a module's CMakeLists.txt.
std::set<std::string> cmake_depends(const std::string& cmake) {
  static const std::regex depends(R"(DEPENDS\s+([a-z_\s]*[a-z_]))");
  std::smatch match;
  return std::regex_search(cmake, match, depends) ? words(match[1].str()) : std::set<std::string>{};
}

std::set<std::string> folders_in(const fs::path& path) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.is_directory() && !fs::is_empty(entry)) {
      names.insert(entry.path().filename().string());
    }
  }
  return names;
}

/// What the map says about one include line.
std::vector<std::string> judged(const std::string& module, const std::string& text,
                                bool is_public = false) {
  return complaints(
      documented_map(),
      {.path = "x.cpp", .module = module, .is_public_header = is_public, .text = text + "\n"});
}

}  // namespace

TEST_CASE("every include is an arrow of the module map") {
  const auto map = documented_map();
  std::vector<std::string> found;
  std::size_t files = 0;
  for (const auto& [folder, is_public] :
       {std::pair{kRoot / "include" / "lockstep", true}, std::pair{kRoot / "src", false}}) {
    for (const auto& file : sources_below(folder, is_public)) {
      const auto in_file = complaints(map, file);
      found.insert(found.end(), in_file.begin(), in_file.end());
      ++files;
    }
  }
  INFO(joined(found));
  CHECK(found.empty());
  CHECK(files > 0);
}

TEST_CASE("the map and the folders name the same modules") {
  const auto map = documented_map();
  std::set<std::string> rows;
  for (const auto& module : map.modules) rows.insert(module.name);
  CHECK(folders_in(kRoot / "src") == rows);
  for (const auto& folder : folders_in(kRoot / "include" / "lockstep")) {
    INFO("include/lockstep/" << folder);
    CHECK(rows.contains(folder));
  }
}

TEST_CASE("arrows of the map point upwards") {
  std::set<std::string> above;
  for (const auto& module : documented_map().modules) {
    for (const auto& target : module.may_include) {
      INFO(module.name << " -> " << target);
      CHECK(above.contains(target));
    }
    above.insert(module.name);
  }
}

TEST_CASE("libraries depend on each other as the map says") {
  const auto map = documented_map();
  std::set<std::string> above;
  for (const auto& module : map.modules) {
    INFO("src/" << module.name << "/CMakeLists.txt");
    const auto depends = cmake_depends(read(kRoot / "src" / module.name / "CMakeLists.txt"));
    CHECK(depends == (module.may_include_all ? above : module.may_include));
    above.insert(module.name);
  }
}

TEST_CASE("the check sees what it has to see") {
  CHECK(judged("planner", "#include \"lockstep/catalog/catalog.h\"").empty());
  CHECK(judged("cli", "#include \"lockstep/postgres/session.h\"").empty());
  CHECK(judged("postgres", "#include <pqxx/pqxx>").empty());
  CHECK(judged("plan", "#include <chrono>\nstd::chrono::milliseconds timeout{};").empty());
  CHECK(judged("core", "auto now = std::chrono::steady_clock::now();").empty());

  CHECK(judged("planner", "#include \"lockstep/postgres/session.h\"") ==
        std::vector<std::string>{
            "x.cpp:1: planner may not include postgres (lockstep/postgres/session.h)"});
  CHECK(judged("execution", "\n  #  include <pqxx/pqxx>") ==
        std::vector<std::string>{"x.cpp:2: execution may not use libpqxx (pqxx/pqxx)"});
  CHECK(judged("sql", "#include <pg_query.h>", true) ==
        std::vector<std::string>{
            "x.cpp:1: libpg_query may not appear in a public header (pg_query.h)"});
  CHECK(judged("report", "#include <catch2/catch.hpp>").size() == 1);
  CHECK(judged("catalog", "#include <random>").size() == 1);
  CHECK(judged("sql", "#include <thread>").size() == 1);
  CHECK(judged("operations", "auto t = std::chrono::system_clock::now();").size() == 1);
  CHECK(judged("migration", "#include <fstream>").size() == 1);
  CHECK(judged("sql", "#include \"private.h\"", true).size() == 1);
  CHECK(judged("sql", "#include \"../catalog/names.h\"").size() == 1);
  CHECK(judged("unheard_of", "#include <string>").size() == 1);
}
