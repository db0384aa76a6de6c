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

namespace lockstep::fleet {

/// One `apply`: decides what is to be run before anything is changed, then runs it, phase by phase.
class Apply {
 public:
  Apply(const Ports& ports, FleetOptions& options, Control& control, const Files& files,
        const ApplyRequest& request, const StopTokens& stop);

  ApplyResult run();

 private:
  // ---- before anything is changed
  Survey survey();
  PhaseChoice choose_phase(const Survey& survey);
  void refuse_irreversible(const Survey& survey, const plan::Plan& plan);
  void refuse_bad_files(const Survey& survey) const;
  void refuse_unexpanded(const Survey& survey) const;
  plan::Plan fresh_plan(const Survey& survey);
  bool nothing_to_do(const Survey& survey, PhaseChoice phase) const;
  // ---- from here on the database changes
  void begin(PhaseChoice phase);
  ApplyResult run_phases(PhaseChoice phase, const Survey& before, Binding binding);
  void end(const std::string& outcome);
  void expand(const Survey& before, Binding binding);
  void contract();
  bool run_shared(core::Phase phase, execution::TenantWork work);
  Binding bind(const Survey& survey);
  bool finish_half_way(const Survey& survey);
  void begin_planned(Binding binding);
  void prepare_binding(Binding& binding);
  void contract_shared();
  bool going_on() const;

  execution::TenantWork resumed(const database::LedgerTenant& tenant, core::Phase phase) const;
  std::set<std::string> half_way(const Survey& survey) const;
  ApplyResult result_of(const Survey& survey, PhaseChoice phase) const;
  void count(const std::string& tenant, const execution::TenantResult& ended,
             ApplyResult& result) const;

  const Ports& ports_;
  FleetOptions& options_;
  Control& control_;
  const Files& files_;
  const ApplyRequest& request_;
  const StopTokens& stop_;

  core::Clock::TimePoint begun_;
  database::RunId run_ = 0;
  std::unique_ptr<execution::Executor> executor_;
  std::unique_ptr<Rollout> rollout_;
  std::optional<plan::Plan> fresh_;  ///< made to choose the phase, and run at once
  Tally tally_;
  std::vector<std::string> vanished_;
  std::map<std::string, std::string> refused_;
};

}  // namespace lockstep::fleet
