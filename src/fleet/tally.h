#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "lockstep/execution/executor.h"

namespace lockstep::fleet {

/// How each tenant ended that a run worked on, over all of its phases. Where tenants stand is for
/// the ledger to say.
struct Tally {
  std::set<std::string> refused;  ///< left out: they cannot be planned, or were changed
  /// Waves were not begun, as one before them did not end well.
  bool withheld = false;
  std::size_t steps_done = 0;
  std::size_t retried = 0;
  std::chrono::milliseconds longest_lock_wait{0};

  /// The last result of each tenant.
  const std::map<std::string, execution::TenantResult>& ended() const noexcept { return ended_; }
  /// In the place of the result it had before.
  void end(const std::string& tenant, execution::TenantResult result);

  /// Tenants that ended so. It is asked for each tenant that ends, so it takes no longer the more
  /// there are.
  std::size_t count(execution::TenantOutcome outcome) const;
  /// Tenants whose end counts against max_failures.
  std::size_t failures() const {
    return count(execution::TenantOutcome::kFailed) + count(execution::TenantOutcome::kStuck) +
           count(execution::TenantOutcome::kRefused);
  }
  /// It was worked on and is not done, for a reason of its own. False for those that were never
  /// tried, and for those that vanished.
  bool failed(const std::string& tenant) const;
  /// It failed or was left out: no wave after its own may begin.
  bool kept_back(const std::string& tenant) const {
    return refused.contains(tenant) || failed(tenant);
  }

 private:
  std::map<std::string, execution::TenantResult> ended_;
  std::map<execution::TenantOutcome, std::size_t> counts_;
};

}  // namespace lockstep::fleet
