#include "tally.h"

#include <utility>

namespace lockstep::fleet {

using execution::TenantOutcome;

void Tally::end(const std::string& tenant, execution::TenantResult result) {
  if (const auto before = ended_.find(tenant); before != ended_.end()) {
    --counts_.at(before->second.outcome);
  }
  ++counts_[result.outcome];
  ended_.insert_or_assign(tenant, std::move(result));
}

std::size_t Tally::count(TenantOutcome outcome) const {
  const auto found = counts_.find(outcome);
  return found == counts_.end() ? 0 : found->second;
}

bool Tally::failed(const std::string& tenant) const {
  const auto found = ended_.find(tenant);
  return found != ended_.end() && found->second.outcome != TenantOutcome::kDone &&
         found->second.outcome != TenantOutcome::kSkipped;
}

}  // namespace lockstep::fleet
