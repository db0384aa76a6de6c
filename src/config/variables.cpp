#include "variables.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep::config {
namespace {

constexpr std::string_view kPrefix = "LOCKSTEP_VAR_";
constexpr std::size_t kLongestValue = 10'000;

bool is_name(const std::string& name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

bool check_variable_name(const std::string& name, const core::SourceLocation& where,
                         core::Problems& problems) {
  if (name == "schema") {
    problems.push_back(
        {where, "${schema} is always the tenant's own schema", "give the variable another name"});
    return false;
  }
  if (!is_name(name)) {
    problems.push_back({where, fmt::format("\"{}\" cannot be a variable's name", name),
                        "write letters a to z, digits and underscores, a letter first"});
    return false;
  }
  return true;
}

bool check_variable_value(const std::string& name, const std::string& value,
                          const core::SourceLocation& where, core::Problems& problems) {
  const auto refuse = [&](const char* why, const char* remedy) {
    problems.push_back({where, fmt::format("the value of variable {} {}", name, why), remedy});
    return false;
  };
  if (value.size() > kLongestValue) {
    return refuse("is longer than 10,000 bytes", "write it into the migration");
  }
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return refuse("has a line break or control character in it",
                  "a variable stands for one name, number or text on one line");
  }
  if (value.find("${") != std::string::npos) {
    return refuse("has a \"${\" in it", "variables do not stand for one another");
  }
  return true;
}

std::string variable_of(const std::string& environment_name) {
  if (environment_name.rfind(kPrefix, 0) != 0) {
    return {};
  }
  std::string name = environment_name.substr(kPrefix.size());
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

}  // namespace lockstep::config
