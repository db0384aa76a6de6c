#include "expand.h"

#include <algorithm>

namespace lockstep::config {
namespace {

bool is_variable_name(const std::string& name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

Expanded expand(const std::string& text, const std::map<std::string, std::string>& environment) {
  Expanded result;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "$${") == 0) {
      result.text += "${";
      at += 3;
      continue;
    }
    if (text.compare(at, 2, "${") != 0) {
      result.text += text[at++];
      continue;
    }
    const std::size_t close = text.find('}', at);
    const std::string name =
        close == std::string::npos ? std::string() : text.substr(at + 2, close - at - 2);
    if (!is_variable_name(name)) {
      result.malformed = true;
      return result;
    }
    const auto value = environment.find(name);
    if (value == environment.end() || value->second.empty()) {
      result.unset.push_back(name);
    } else {
      result.text += value->second;
    }
    at = close + 1;
  }
  return result;
}

}  // namespace lockstep::config
