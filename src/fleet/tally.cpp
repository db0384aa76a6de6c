#include "tally.h"

#include <algorithm>

namespace lockstep::fleet {

using execution::TenantOutcome;

std::size_t Tally::count(TenantOutcome outcome) const {
  return static_cast<std::size_t>(std::count_if(ended.begin(), ended.end(), [&](const auto& entry) {
    return entry.second.outcome == outcome;
  }));
}

bool Tally::failed(const std::string& tenant) const {
  const auto found = ended.find(tenant);
  return found != ended.end() && found->second.outcome != TenantOutcome::kDone &&
         found->second.outcome != TenantOutcome::kSkipped;
}

}  // namespace lockstep::fleet
