#pragma once

#include <string>
#include <vector>

#include "control.h"
#include "recorded_run.h"
#include "rollback_plan.h"

namespace lockstep::fleet {

/// One `rollback`: tenants first, then the shared scope, which their migrations may need.
class RollbackRun {
 public:
  RollbackRun(const Ports& ports, FleetOptions& options, Control& control, const Files& files,
              const RollbackRequest& request, const StopTokens& stop);

  /// Throws core::Refused, before anything is changed, with RollbackPlan::refusals.
  RollbackResult run();

 private:
  Survey survey();
  Rollback look();
  void take_back(const TakenBack& keys);
  void run_together(std::vector<execution::TenantWork> works, Wave wave);
  std::vector<execution::TenantWork> works(const TakenBack& keys, bool shared) const;
  ApplyResult result_of(const TakenBack& left) const;

  const Ports& ports_;
  FleetOptions& options_;
  Control& control_;
  const Files& files_;
  const RollbackRequest& request_;
  const StopTokens& stop_;
  RecordedRun run_;
  Survey now_;
};

}  // namespace lockstep::fleet
