#pragma once

#include <string>
#include <vector>

namespace lockstep::test {

/// One part of a recorded session (README.md beside this file).
struct SessionEntry {
  enum class Kind { kRemark, kCommand, kSql };
  Kind kind = Kind::kRemark;
  std::string text;      ///< the command or SQL, continuation lines joined; or the remark's lines
  std::string expected;  ///< of a command: its output, with "[exit N]" where it is not 0
};

std::vector<SessionEntry> parse_session(const std::string& text);
std::string print_session(const std::vector<SessionEntry>& entries);

/// Replaces what differs from run to run, and the session's own folder.
std::string normalised(std::string output, const std::string& folder);

}  // namespace lockstep::test
