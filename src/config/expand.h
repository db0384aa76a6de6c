#pragma once

#include <map>
#include <string>
#include <vector>

namespace lockstep::config {

struct Expanded {
  std::string text;
  std::vector<std::string> unset;  ///< variables that have no value
  bool malformed = false;          ///< a "${" that names no variable
};

/// Replaces ${NAME} by the environment's value; $${ stands for a plain ${.
Expanded expand(const std::string& text, const std::map<std::string, std::string>& environment);

}  // namespace lockstep::config
