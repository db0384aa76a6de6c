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
  /// Looks at the fleet; throws what forbids the run whether something is left or not.
  bool something_is_left(PhaseChoice phase);
  void refuse_stale_plan();
  void refuse_irreversible_steps();
  Planned planned();
  plan::Plan fresh_plan();
  void admit_contract();
  Binding bind();

  // ---- the run (apply.cpp)
  void begin(PhaseChoice phase);
  ApplyResult run_phases(PhaseChoice phase, std::optional<Binding> binding);
  void record_end(const std::string& outcome);
  void end(const std::string& outcome);
  void end_if_possible(const std::string& outcome);
  std::size_t losses() const;
  bool enough_failed() const;
  /// Too many failed, or a wave did not end well, or the shared scope stands in the way.
  bool gave_up() const;
  bool going_on() const { return !stop_.finish.stop_requested() && !gave_up(); }
  ApplyResult result_of(PhaseChoice phase) const;
  void name_ways_out(ApplyResult& result);

  // ---- its tenants (apply_tenants.cpp)
  struct HalfWay {
    std::set<std::string> tenants;
    std::set<std::string> more_to_come;  ///< of them, those that have more to begin after it
  };
  HalfWay half_way() const;
  /// What is left to do where nothing keeps it back, and how much was done: a round after which
  /// all is the same as before is the last.
  struct Left {
    std::set<std::string> tenants;
    std::set<std::string> half_way;
    std::size_t steps_done = 0;
    friend bool operator==(const Left&, const Left&) = default;
  };
  Left left_to_expand() const;
  Left left_to_contract(PhaseChoice phase) const;
  void tell_of_begin(const Binding& binding);
  void expand(std::optional<Binding> binding);
  bool expand_together(Binding binding);
  void begin_planned(Binding binding, std::vector<execution::TenantWork>& works);
  std::map<std::string, std::set<std::string>> left_out_by_name() const;
  void contract(PhaseChoice phase);
  void contract_shared();
  void run_alone(core::Phase phase, execution::TenantWork work);
  void refuse(plan::RefusedTenants refused);
  /// Those of `names` in order of rollout, without the ones that somebody else changed.
  std::vector<execution::TenantWork> resumed_in_order(const std::set<std::string>& names,
                                                      core::Phase phase);

  const Ports& ports_;
  FleetOptions& options_;
  Control& control_;
  const Files& files_;
  const ApplyRequest& request_;
  const StopTokens& stop_;
  const Goal goal_;
  Structures structures_;

  core::Clock::TimePoint begun_;
  database::RunId run_ = 0;
  std::unique_ptr<execution::Executor> executor_;
  std::unique_ptr<Rollout> rollout_;
  Survey now_;                       ///< where everybody stood last
  std::optional<plan::Plan> fresh_;  ///< made to choose the phase, and run at once
  bool told_of_begin_ = false;
  Tally tally_;
  std::set<std::string> vanished_;
  std::set<std::string> changed_;  ///< by somebody else, since Lockstep left them half way
  std::vector<plan::RefusedTenants> refused_;
};

}  // namespace lockstep::fleet
