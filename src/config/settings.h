#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/config/options.h"

namespace lockstep::config {

/// Reports what is wrong with a value: where it came from is the caller's business.
using Complain = std::function<void(const std::string& message, const std::string& remedy)>;

/// One key of lockstep.yaml that has a value of its own, not a map. Flags, environment and file set
/// it by the same function, so a value means the same wherever it comes from.
struct Setting {
  std::string_view section;  ///< "" at the top
  std::string_view key;
  bool is_list = false;
  /// One value unless `is_list`.
  void (*set)(Options& options, const std::vector<std::string>& values, const Complain& complain);
};

const std::vector<Setting>& settings();
const Setting* find_setting(std::string_view section, std::string_view key);

/// "LOCKSTEP_ROLLOUT_JOBS".
std::string variable_name(const Setting& setting);

/// What is wrong with the values together.
void check_together(const Options& options, const Complain& complain);

}  // namespace lockstep::config
