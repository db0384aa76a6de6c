#include "session_file.h"

#include <regex>
#include <sstream>
#include <utility>

namespace lockstep::test {
namespace {

bool begins(const std::string& line, const char* with) {
  return line.rfind(with, 0) == 0;
}

std::string with_continuations(const std::string& text) {
  return std::regex_replace(text, std::regex("\n"), "\n> ");
}

}  // namespace

std::vector<SessionEntry> parse_session(const std::string& text) {
  std::vector<SessionEntry> entries;
  std::istringstream lines(text);
  bool expects_more = false;  // of a command or SQL
  for (std::string line; std::getline(lines, line);) {
    if (begins(line, "$ ") || begins(line, "% ")) {
      const auto kind = line[0] == '$' ? SessionEntry::Kind::kCommand : SessionEntry::Kind::kSql;
      entries.push_back({kind, line.substr(2), {}});
      expects_more = true;
    } else if (expects_more && begins(line, "> ")) {
      entries.back().text += "\n" + line.substr(2);
    } else if (begins(line, "// ") || entries.empty()) {
      entries.push_back({SessionEntry::Kind::kRemark, line, {}});
      expects_more = false;
    } else {
      entries.back().expected += line + "\n";
      expects_more = false;
    }
  }
  return entries;
}

std::string print_session(const std::vector<SessionEntry>& entries) {
  std::string text;
  for (const SessionEntry& entry : entries) {
    switch (entry.kind) {
      case SessionEntry::Kind::kRemark:
        text += entry.text + "\n";
        break;
      case SessionEntry::Kind::kCommand:
        text += "$ " + with_continuations(entry.text) + "\n";
        break;
      case SessionEntry::Kind::kSql:
        text += "% " + with_continuations(entry.text) + "\n";
        break;
    }
    text += entry.expected;
  }
  return text;
}

std::string normalised(std::string output, const std::string& folder) {
  for (std::size_t at = output.find(folder); at != std::string::npos; at = output.find(folder)) {
    output.replace(at, folder.size(), "FOLDER");
  }
  static const std::vector<std::pair<std::regex, std::string>> kChanging{
      {std::regex(R"re(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?)re"), "TIME"},
      {std::regex(R"re(in \d+(\.\d)? (us|ms|s)\b)re"), "in DURATION"},
      {std::regex(R"re(lock at most \d+(\.\d)? (us|ms|s)\b)re"), "lock at most DURATION"},
      {std::regex(R"re(_ms": \d+)re"), "_ms\": N"},
      {std::regex(R"re(PostgreSQL \d+\.\d+)re"), "PostgreSQL VERSION"},
      {std::regex(R"re(PostgreSQL \d+'s grammar)re"), "PostgreSQL VERSION's grammar"},
      {std::regex(R"re(\b[Pp]lan [0-9a-f]{8}\b)re"), "Plan ID"},
      {std::regex(R"re("(id|plan_id|fingerprint|checksum|system_identifier)": "[0-9a-f]{19,}")re"),
       "\"$1\": \"ID\""},
      {std::regex(R"re(\btest_\d+ on [^ ]+ as \w+)re"), "DATABASE"},
      {std::regex(R"re(database test\\?_\d+)re"), "database DATABASE"},
      {std::regex(R"re("test_\d+")re"), "\"DATABASE\""},
      {std::regex(R"re("server_version": \d+)re"), "\"server_version\": N"},
      {std::regex(R"re("(lockstep_version|database_user)": "[^"]*")re"), "\"$1\": \"WHAT\""},
      {std::regex(R"re("host": "[^"]*")re"), "\"host\": \"HOST\""},
      {std::regex(R"re("os_user": "[^"]*")re"), "\"os_user\": \"USER\""},
      {std::regex(R"re("retried": \d+)re"), "\"retried\": N"},
      {std::regex(R"re(lockstep/\d+\.\d+\.\d+|lockstep \d+\.\d+\.\d+)re"), "lockstep VERSION"},
  };
  for (const auto& each : kChanging) {
    output = std::regex_replace(output, each.first, each.second);
  }
  return output;
}

}  // namespace lockstep::test
