#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace lockstep::fleet {

/// Tenants rolled out together: named ones, or a share of those left, or all that are left.
struct WaveRule {
  std::string name;
  std::vector<std::string> tenants;  ///< names or globs
  double percent = 0;  ///< of all selected tenants, rounded up; 0 with no names: the rest
};

struct Wave {
  std::string name;
  std::vector<std::string> tenants;
};

/// Each tenant goes into the first wave that takes it; those that none takes form a last wave
/// "rest". Empty waves are left out.
std::vector<Wave> make_waves(const std::vector<std::string>& tenants,
                             const std::vector<WaveRule>& rules);

struct RolloutPolicy {
  std::vector<WaveRule> waves;
  std::size_t jobs = 4;
  std::size_t max_failures = 1;  ///< no new tenant starts after this many failed; 0: never stop
  /// How long tenants that others hold are waited for.
  std::chrono::seconds wait{1800};
};

}  // namespace lockstep::fleet
