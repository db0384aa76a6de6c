#include "versions.h"

#include <algorithm>

#include "lockstep/core/ids.h"

namespace lockstep::cli {

std::optional<std::string> highest_version(const std::vector<std::string>& file_names) {
  std::optional<core::Version> highest;
  for (const std::string& name : file_names) {
    const std::size_t end = std::min(name.find_first_not_of("0123456789"), name.size());
    const auto version = core::Version::parse(name.substr(0, end));
    if (version && (!highest || *highest < *version)) {
      highest = version;
    }
  }
  return highest ? std::optional<std::string>(highest->text()) : std::nullopt;
}

std::string next_number(const std::string& digits) {
  std::string next = digits;
  for (auto digit = next.rbegin(); digit != next.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return next;
    }
    *digit = '0';
  }
  return "1" + next;
}

std::string version_after(const std::optional<std::string>& highest, const std::string& now) {
  if (!highest) {
    return "0001";
  }
  const bool are_times = highest->size() == now.size() && highest->substr(0, 2) == "20";
  if (are_times && core::Version::parse(*highest) < core::Version::parse(now)) {
    return now;
  }
  return next_number(*highest);
}

}  // namespace lockstep::cli
