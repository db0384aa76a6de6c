// What messages and documents tell people to type exists, and every field of JSON is documented.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "command_line.h"
#include "session_file.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using namespace lockstep;
using Json = nlohmann::json;

namespace {

const fs::path kRoot(LOCKSTEP_SOURCE_DIR);

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> files_below(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    if (entry.path().extension() == extension) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

const std::string& help() {
  static const std::vector<const char*> words{"lockstep", "--help"};
  static const std::string text = cli::parse_command_line(2, words.data()).answer;
  return text;
}

/// Empty for what is no command.
const std::string& help_of(const std::string& command) {
  static std::map<std::string, std::string> known;
  const auto found = known.find(command);
  if (found != known.end()) {
    return found->second;
  }
  const std::vector<const char*> words{"lockstep", command.c_str(), "--help"};
  const bool listed = help().find("\n  " + command + " ") != std::string::npos;
  return known[command] = listed ? cli::parse_command_line(3, words.data()).answer : std::string();
}

bool names(const std::string& text, const std::string& flag) {
  return std::regex_search(text, std::regex(flag + "([ ,=\\]\n]|$)"));
}

/// Commands as somebody is told to type them: behind a quote, a prompt, a colon or at the beginning
/// of a line; with the flags up to the end of the quotation or sentence.
std::vector<std::smatch> recommendations(const std::string& text) {
  static const std::regex command(
      "(?:`|\\$ |run |or |\"|:  +|: |^|\n *|\\\\n *)lockstep ([a-z][a-z-]*)([^`\"\n;,#\\\\]*)");
  std::vector<std::smatch> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), command);
       at != std::sregex_iterator(); ++at) {
    found.push_back(*at);
  }
  return found;
}

/// What is no advice: the directive of migrations that is misspelt like a command, application
/// names, and what a session types wrongly on purpose.
bool is_no_advice(const fs::path& file, const std::string& word) {
  static const std::set<std::string> words{"phase", "lease", "relation"};
  return words.count(word) != 0 || file.filename() == "02_usage.session";
}

void check_recommendations(const fs::path& file) {
  static const std::regex flag("(--[a-z][a-z-]*)");
  const std::string text = slurp(file);
  for (const std::smatch& match : recommendations(text)) {
    const std::string word = match[1];
    if (is_no_advice(file, word)) {
      continue;
    }
    CAPTURE(file.string(), match.str());
    const std::string& of_command = help_of(word);
    CHECK_FALSE(of_command.empty());
    const std::string rest = match[2];
    for (auto at = std::sregex_iterator(rest.begin(), rest.end(), flag);
         at != std::sregex_iterator(); ++at) {
      const std::string name = at->str();
      CAPTURE(name);
      CHECK((names(of_command, name) || names(help(), name)));
    }
  }
}

// ---- JSON

/// The part of docs/cli.md about one format: its section, or its row of the table of small ones.
std::string documentation_of(const std::string& format) {
  const std::string text = slurp(kRoot / "docs/cli.md");
  const std::string heading = "### `" + format + "`";
  if (const auto begin = text.find(heading); begin != std::string::npos) {
    return text.substr(begin, text.find("\n### ", begin + 1) - begin);
  }
  const auto row = text.find("| `" + format + "`");
  return row == std::string::npos ? std::string() : text.substr(row, text.find('\n', row) - row);
}

bool documented(const std::string& section, const std::string& key) {
  return std::regex_search(section, std::regex("[`.{ ,]" + key + "[`,}\\[\\].: ]"));
}

void check_keys(const Json& value, const std::string& section, std::set<std::string>& missing) {
  for (const auto& entry : value.items()) {
    // A key is a name of ours; in arrays there are none.
    if (value.is_object() && !documented(section, entry.key())) {
      missing.insert(entry.key());
    }
    if (entry.value().is_structured()) {
      check_keys(entry.value(), section, missing);
    }
  }
}

/// The JSON documents that commands of the recorded sessions printed.
std::vector<Json> printed_documents() {
  std::vector<Json> documents;
  for (const fs::path& file : files_below("tests/cli/sessions", ".session")) {
    for (const test::SessionEntry& entry : test::parse_session(slurp(file))) {
      const auto begin = ("\n" + entry.expected).find("\n{\n");
      const auto end = entry.expected.rfind("\n}\n");
      if (begin == std::string::npos || end == std::string::npos || end < begin) {
        continue;
      }
      // What differs from run to run was replaced: "duration_ms": N.
      const std::string text = std::regex_replace(entry.expected.substr(begin, end + 2 - begin),
                                                  std::regex(": N\\b"), ": 0");
      Json document = Json::parse(text, nullptr, false);
      if (document.is_object() && document.contains("format")) {
        documents.push_back(std::move(document));
      }
    }
  }
  return documents;
}

}  // namespace

TEST_CASE("no message and no page recommends a command or flag that does not exist") {
  std::vector<fs::path> files = files_below("src", ".cpp");
  for (const char* folder : {"docs", "tests/cli/sessions"}) {
    for (const char* extension : {".md", ".session"}) {
      const auto more = files_below(folder, extension);
      files.insert(files.end(), more.begin(), more.end());
    }
  }
  files.push_back(kRoot / "README.md");
  files.push_back(kRoot / "CONTRIBUTING.md");
  std::size_t found = 0;
  for (const fs::path& file : files) {
    found += recommendations(slurp(file)).size();
    check_recommendations(file);
  }
  CHECK(found > 100);
}

TEST_CASE("recommendations are found where they stand") {
  const std::string text =
      "run lockstep apply --phase expand, deploy\nSee:  lockstep plan\n`lockstep tenants add`";
  REQUIRE(recommendations(text).size() == 3);
  CHECK(recommendations(text)[0][2] == " --phase expand");
  CHECK(recommendations(text)[2][1] == "tenants");
  CHECK(help_of("tenants").empty());
  CHECK_FALSE(names(help_of("apply"), "--phas"));
}

TEST_CASE("every field of every JSON document that is printed is documented") {
  std::set<std::string> formats;
  for (const Json& document : printed_documents()) {
    const std::string format = document["format"];
    formats.insert(format);
    const std::string section = documentation_of(format);
    CAPTURE(format);
    REQUIRE_FALSE(section.empty());
    std::set<std::string> missing;
    Json fields = document;
    fields.erase("format");
    check_keys(fields, section, missing);
    CHECK(missing == std::set<std::string>{});
  }
  CHECK(formats == std::set<std::string>{"lockstep.apply/1", "lockstep.baseline/1",
                                         "lockstep.error/1", "lockstep.history/1",
                                         "lockstep.init/1", "lockstep.lint/1", "lockstep.new/1",
                                         "lockstep.pause/1", "lockstep.plan/1", "lockstep.purge/1",
                                         "lockstep.repair/1", "lockstep.resume/1",
                                         "lockstep.rollback/1", "lockstep.status/1"});
}

TEST_CASE("every command and option is in docs/cli.md") {
  const std::string page = slurp(kRoot / "docs/cli.md");
  const std::string& all = help();
  static const std::regex command("\n  ([a-z]+) +[A-Z]");
  static const std::regex flag("(--[a-z][a-z-]*)");
  std::set<std::string> commands;
  for (auto at = std::sregex_iterator(all.begin(), all.end(), command);
       at != std::sregex_iterator(); ++at) {
    commands.insert((*at)[1]);
  }
  CHECK(commands.size() == 14);
  for (const std::string& each : commands) {
    CAPTURE(each);
    CHECK((page.find("`" + each) != std::string::npos));
    const std::string& text = help_of(each);
    for (auto at = std::sregex_iterator(text.begin(), text.end(), flag);
         at != std::sregex_iterator(); ++at) {
      CAPTURE(at->str());
      CHECK(names(std::regex_replace(page, std::regex("[`|\\\\]"), " "), at->str()));
    }
  }
}
