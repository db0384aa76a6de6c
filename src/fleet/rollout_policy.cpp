#include "lockstep/fleet/rollout_policy.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "lockstep/fleet/tenants.h"

namespace lockstep::fleet {
namespace {

bool named(const WaveRule& rule, const std::string& tenant) {
  return std::any_of(rule.tenants.begin(), rule.tenants.end(), [&](const std::string& glob) {
    return glob == tenant || glob_matches(glob, tenant);
  });
}

}  // namespace

std::vector<Wave> make_waves(const std::vector<std::string>& tenants,
                             const std::vector<WaveRule>& rules) {
  std::deque<std::string> left(tenants.begin(), tenants.end());
  std::vector<Wave> waves;
  const auto total = static_cast<double>(tenants.size());
  for (const WaveRule& rule : rules) {
    Wave wave{rule.name, {}};
    const bool rest = rule.tenants.empty() && rule.percent <= 0;
    const auto share = static_cast<std::size_t>(std::ceil(total * rule.percent / 100.0));
    for (std::size_t seen = left.size(); seen > 0; --seen) {
      std::string tenant = std::move(left.front());
      left.pop_front();
      const bool by_share = rule.tenants.empty() && wave.tenants.size() < share;
      if (rest || by_share || named(rule, tenant)) {
        wave.tenants.push_back(std::move(tenant));
      } else {
        left.push_back(std::move(tenant));
      }
    }
    if (!wave.tenants.empty()) {
      waves.push_back(std::move(wave));
    }
  }
  if (!left.empty()) {
    waves.push_back(Wave{"rest", {left.begin(), left.end()}});
  }
  return waves;
}

}  // namespace lockstep::fleet
