#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control.h"
#include "lockstep/execution/executor.h"
#include "rollback_plan.h"
#include "rollout.h"

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
  void begin();
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
  core::Clock::TimePoint begun_;
  database::RunId run_ = 0;
  std::unique_ptr<execution::Executor> executor_;
  std::unique_ptr<Rollout> rollout_;
  Survey now_;
  Tally tally_;
};

}  // namespace lockstep::fleet
