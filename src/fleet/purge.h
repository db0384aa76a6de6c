#pragma once

#include <set>
#include <string>
#include <vector>

#include "control.h"
#include "lockstep/fleet/purge.h"
#include "recorded_run.h"

namespace lockstep::fleet {

/// Reads what is kept, and picks what the request is about. Changes nothing.
PurgePlan purge_plan_of(const Ports& ports, const FleetOptions& options, database::Session& session,
                        const PurgeRequest& request);

/// One `purge`: what was dropped under a grace goes for good, or comes back.
class PurgeRun {
 public:
  PurgeRun(const Ports& ports, FleetOptions& options, Control& control, const PurgeRequest& request,
           const StopTokens& stop);

  PurgeResult run();

 private:
  PurgePlan look();
  void work(const std::vector<database::KeptObject>& chosen);
  /// Of `chosen`, what is not done yet.
  std::vector<database::KeptObject> left_of(const std::vector<database::KeptObject>& chosen);
  ApplyResult result_of(const PurgePlan& plan, const std::vector<database::KeptObject>& left) const;

  const Ports& ports_;
  FleetOptions& options_;
  Control& control_;
  const PurgeRequest& request_;
  const StopTokens& stop_;
  RecordedRun run_;
};

}  // namespace lockstep::fleet
