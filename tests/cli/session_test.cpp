#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "session_file.h"
#include "tests/support/catch.h"
#include "tests/support/pg_cluster.h"

namespace fs = std::filesystem;
using namespace lockstep::test;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void spill(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "lockstep-session-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    result += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return result + "'";
}

/// Runs commands as somebody would who has nothing in the environment but a database.
class Shell {
 public:
  explicit Shell(std::optional<std::string> database) : database_(std::move(database)) {
    fs::create_directory(work());
  }

  std::string run(const std::string& command) const {
    const fs::path script = folder_.path() / "command";
    spill(script, command + "\n");
    std::string line = fmt::format("cd {} && env -i PATH={}:/usr/bin:/bin HOME={} LC_ALL=C.UTF-8 ",
                                   quoted(work().string()), quoted(LOCKSTEP_BINARY_FOLDER),
                                   quoted(work().string()));
    if (database_) {
      line += "DATABASE_URL=" + quoted(*database_) + " ";
    }
    // One that hangs is seen as exit 124, and the others still run.
    line += "timeout 60 sh " + quoted(script.string()) + " 2>&1 < /dev/null";
    std::FILE* pipe = popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      output.append(buffer, n);
    }
    const int status = pclose(pipe);
    if (!output.empty() && output.back() != '\n') {
      output += "(no line feed)\n";
    }
    if (status != 0) {
      output += WIFEXITED(status) ? fmt::format("[exit {}]\n", WEXITSTATUS(status)) : "[killed]\n";
    }
    return normalised(output, work().string());
  }

 private:
  fs::path work() const { return folder_.path() / "work"; }

  TemporaryFolder folder_;
  std::optional<std::string> database_;
};

bool needs_database(const std::vector<SessionEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const SessionEntry& entry) {
    return entry.kind == SessionEntry::Kind::kSql ||
           (entry.kind == SessionEntry::Kind::kCommand &&
            entry.text.find("$DATABASE_URL") != std::string::npos);
  });
}

void play(const fs::path& file) {
  std::vector<SessionEntry> entries = parse_session(slurp(file));
  std::unique_ptr<TestDatabase> database;
  if (needs_database(entries)) {
    database = std::make_unique<TestDatabase>();
  }
  const Shell shell(database ? std::optional<std::string>(database->connection_string())
                             : std::nullopt);
  const bool update = std::getenv("UPDATE_SESSIONS") != nullptr;
  for (SessionEntry& entry : entries) {
    if (entry.kind == SessionEntry::Kind::kSql) {
      database->execute(entry.text);
    } else if (entry.kind == SessionEntry::Kind::kCommand) {
      const std::string seen = shell.run(entry.text);
      if (update) {
        entry.expected = seen;
      } else {
        CAPTURE(file.filename().string(), entry.text);
        CHECK(seen == entry.expected);
      }
    }
  }
  if (update) {
    spill(file, print_session(entries));
  }
}

std::vector<fs::path> sessions() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(LOCKSTEP_SOURCE_DIR) / "tests/cli/sessions")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("recorded sessions see what was recorded") {
  const std::vector<fs::path> files = sessions();
  REQUIRE(files.size() >= 10);
  for (const fs::path& file : files) {
    DYNAMIC_SECTION(file.stem().string()) {
      play(file);
    }
  }
}

TEST_CASE("a session is printed as it was parsed") {
  for (const fs::path& file : sessions()) {
    CHECK(print_session(parse_session(slurp(file))) == slurp(file));
  }
}
