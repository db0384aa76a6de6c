// What belongs to an operation besides its code: its page, its source, its cases. A name in one
// place and not in the others is a reader or a reviewer led nowhere.

#include "lockstep/operations/registry.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/text/node.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;

namespace {

using lockstep::operations::find_operation;
using lockstep::operations::hazard_kinds;
using lockstep::operations::HazardKind;
using lockstep::operations::OperationKind;
using lockstep::operations::registry;

const fs::path kRoot = LOCKSTEP_SOURCE_DIR;
const fs::path kPages = kRoot / "docs/operations";
const fs::path kCases = kRoot / "tests/cases";

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  INFO("reading " << file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  INFO("reading " << file.string());
  REQUIRE(in.good());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has_a_case(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  return std::any_of(
      fs::directory_iterator(folder), fs::directory_iterator{},
      [](const auto& file) { return file.path().extension() == ".case" && file.file_size() > 0; });
}

/// The ids in the first column of the document's tables: "| `brief-lock` | ...".
std::vector<std::string> documented_hazards() {
  const std::string begin = "| `";
  std::vector<std::string> ids;
  for (const std::string& line : lines_of(kRoot / "docs/hazards.md")) {
    if (line.compare(0, begin.size(), begin) != 0) continue;
    const std::size_t end = line.find('`', begin.size());
    if (end != std::string::npos) ids.push_back(line.substr(begin.size(), end - begin.size()));
  }
  return ids;
}

}  // namespace

TEST_CASE("Operations: the registry names each one once") {
  std::set<std::string_view> names;
  for (const OperationKind& kind : registry()) {
    INFO(kind.name);
    CHECK(names.insert(kind.name).second);
    CHECK_FALSE(kind.summary.empty());
    CHECK(find_operation(kind.name) == &kind);
  }
  REQUIRE_FALSE(names.empty());
  CHECK(find_operation("no_such_operation") == nullptr);
}

namespace {

constexpr const char* kUnknown = "qqqqqqqqqqqqqqqqqqqqqqqq";  // near to no key

/// The keys that an operation knows, as it says where one is unknown; nothing where it says none.
/// Those that are given have values of no use, so that nothing is parsed.
std::optional<std::string> known_keys(const OperationKind& kind,
                                      const std::set<std::string>& given) {
  lockstep::core::Problems problems;
  std::string text;
  for (const std::string& key : given) text += key + ": {}\n";
  text += kUnknown + std::string(": {}\n");
  const auto node = lockstep::text::parse_yaml(text, "m.yaml", problems);
  REQUIRE(problems.empty());
  kind.from_yaml(node, {}, problems);
  for (const auto& problem : problems) {
    if (problem.message.find(kUnknown) != std::string::npos) return problem.remedy;
  }
  return std::nullopt;
}

std::set<std::string> words_of(const std::string& list) {
  std::set<std::string> words;
  std::istringstream in(list);
  for (std::string word; in >> word;) {
    if (word.back() == ',') word.pop_back();
    words.insert(word);
  }
  for (const char* other : {"known", "are", "is", "only", "and"}) words.erase(other);
  return words;
}

}  // namespace

TEST_CASE("Operations: whatever is given, all keys are known that are taken") {
  std::set<std::string> vocabulary;
  for (const OperationKind& kind : registry()) {
    if (!kind.from_yaml) continue;
    INFO(kind.name);
    const auto list = known_keys(kind, {});
    REQUIRE(list);
    vocabulary.merge(words_of(*list));
  }
  for (const OperationKind& kind : registry()) {
    if (!kind.from_yaml) continue;
    const auto list = known_keys(kind, {});
    INFO(kind.name << " with all keys there are");
    CHECK(known_keys(kind, vocabulary) == list);
    for (const std::string& word : words_of(*list)) {
      INFO(kind.name << " with " << word);
      CHECK(known_keys(kind, {word}) == list);
    }
  }
}

TEST_CASE("Operations: each has a page, a source and cases") {
  const std::string list = text_of(kPages / "README.md");
  for (const OperationKind& kind : registry()) {
    const std::string name(kind.name);
    INFO(name);
    const fs::path page = kPages / (name + ".md");
    REQUIRE(fs::is_regular_file(page));
    CHECK(lines_of(page).front() == "# " + name);
    CHECK(list.find("(" + name + ".md)") != std::string::npos);
    CHECK(fs::is_regular_file(kRoot / "src/operations" / (name + ".cpp")));
    CHECK(has_a_case(kCases / name));
  }
}

TEST_CASE("Operations: no page is about anything else") {
  for (const auto& entry : fs::directory_iterator(kPages)) {
    const fs::path& file = entry.path();
    INFO(file.string());
    CHECK(file.extension() == ".md");
    if (file.filename() == "README.md") continue;
    CHECK(find_operation(file.stem().string()) != nullptr);
  }
}

TEST_CASE("Operations: no case is about anything else") {
  // What follows from several statements together, and what is refused by its name.
  const std::set<std::string> others{"planner", "refused"};
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (!entry.is_directory()) continue;
    const std::string folder = entry.path().filename().string();
    INFO(folder);
    CHECK((others.count(folder) > 0 || find_operation(folder) != nullptr));
    CHECK(has_a_case(entry.path()));
  }
}

TEST_CASE(
    "Operations: docs/hazards.md has one line for each hazard, and says which can be allowed") {
  const std::vector<std::string> documented = documented_hazards();
  std::set<std::string> ids;
  for (const HazardKind& kind : hazard_kinds()) {
    INFO(kind.id);
    CHECK_FALSE(kind.meaning.empty());
    CHECK(std::count(documented.begin(), documented.end(), kind.id) == 1);
    CHECK(ids.insert(std::string(kind.id)).second);
  }
  for (const std::string& id : documented) {
    INFO(id);
    CHECK(ids.count(id) == 1);
  }
  for (const std::string& line : lines_of(kRoot / "docs/hazards.md")) {
    for (const HazardKind& kind : hazard_kinds()) {
      if (line.compare(0, kind.id.size() + 4, "| `" + std::string(kind.id) + "`") != 0) continue;
      INFO(line);
      CHECK((line.find("| yes |") != std::string::npos) == kind.allowable);
    }
  }
}
