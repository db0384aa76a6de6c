#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "binding.h"
#include "control.h"
#include "lockstep/execution/executor.h"
#include "planning.h"
#include "rollout.h"
#include "structures.h"

namespace lockstep::fleet {

/// One `apply`: decides what is to be run before anything is changed, then runs it, phase by phase.
class Apply {
 public:
  Apply(const Ports& ports, FleetOptions& options, Control& control, const Files& files,
        const ApplyRequest& request, const StopTokens& stop);

  ApplyResult run();

 private:
  // ---- before anything is changed (apply.cpp)
  Survey survey();
  void refuse_stale_plan(const Survey& survey);
  PhaseChoice choose_phase(const Survey& survey);
  Planned planned(const Survey& survey);
  plan::Plan fresh_plan(const Survey& survey);
  void admit_contract(const Survey& survey);
  bool nothing_to_do(const Survey& survey, PhaseChoice phase) const;
  Binding bind(const Survey& survey);

  // ---- the run (apply.cpp)
  void begin(PhaseChoice phase);
  ApplyResult run_phases(PhaseChoice phase, const Survey& before, Binding binding);
  void end(const std::string& outcome);
  bool going_on() const;
  ApplyResult result_of(const Survey& survey, PhaseChoice phase) const;

  // ---- its tenants (apply_tenants.cpp)
  void expand(const Survey& before, Binding binding);
  bool finish_half_way(const Survey& survey);
  void begin_planned(Binding binding);
  void contract();
  void contract_shared();
  bool run_shared(core::Phase phase, execution::TenantWork work);
  void refuse(plan::RefusedTenants refused);
  /// Those of `tenants` in order of rollout, without the ones that somebody else changed.
  std::vector<execution::TenantWork> resumed_in_order(
      const Survey& survey, const std::map<std::string, database::LedgerTenant>& tenants,
      core::Phase phase);

  const Ports& ports_;
  FleetOptions& options_;
  Control& control_;
  const Files& files_;
  const ApplyRequest& request_;
  const StopTokens& stop_;
  Structures structures_;

  core::Clock::TimePoint begun_;
  database::RunId run_ = 0;
  std::unique_ptr<execution::Executor> executor_;
  std::unique_ptr<Rollout> rollout_;
  std::optional<plan::Plan> fresh_;  ///< made to choose the phase, and run at once
  Tally tally_;
  std::vector<std::string> vanished_;
  std::vector<plan::RefusedTenants> refused_;
};

}  // namespace lockstep::fleet
