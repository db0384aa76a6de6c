#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agenda.h"
#include "lockstep/execution/executor.h"
#include "step_runner.h"
#include "units.h"

namespace lockstep::execution {

/// One attempt at one tenant: lease, ledger, steps, lease back.
class TenantRun {
 public:
  TenantRun(Executor& executor, Watchdog& watchdog, std::shared_ptr<database::Session> session,
            TenantWork& work, const Stops& stops);

  TenantResult run();

 private:
  TenantResult run_with_lease();
  TenantResult work_through();
  TenantResult attempt();
  TenantResult attempt_back();
  TenantResult attempt_grace();
  TenantResult run_steps();
  TenantResult run_steps_with(StepContext& context);
  bool run_unit(StepContext& context, const Unit& unit, TenantResult& result);
  Advance advance_by(StepRunner& runner, StepContext& context, const Unit& unit) const;
  void pass_on_notices(const StepContext& context, const Unit& unit);
  bool settle(StepContext& context, const Unit& unit, const Advance& advance, TenantResult& result,
              core::Clock::TimePoint begun);
  void start_without_steps(StepContext& context);

  void announce(const Unit& unit) const;
  void succeeded(const Unit& unit, const Done& done, core::Clock::TimePoint begun);
  std::optional<Busy> paused() const;
  TenantResult paused_before_it_began(const Busy& pause);
  TenantResult busy(StepContext& context, const Unit& unit, const Busy& busy);
  TenantResult failed(StepContext& context, const Unit& unit, const database::Failure& failure,
                      TenantOutcome outcome);
  TenantResult vanished() const;
  TenantResult refused(const Unit* unit, const database::Failure& failure) const;
  TenantResult ended(TenantOutcome outcome, const Unit* unit, std::string why) const;
  bool schema_exists() const;
  bool purges() const noexcept;
  Way way() const noexcept;
  void record(const StepContext& context, const StepItem& item, const database::Failure& failure,
              database::StepState state);
  void tell_of_hidden();

  Executor& executor_;
  Watchdog& watchdog_;
  std::shared_ptr<database::Session> session_;
  TenantWork& work_;
  const Stops& stops_;
  database::LeaseKey lease_key_;
  bool session_left_ = false;
  bool session_spent_ = false;
  std::set<std::string> told_;  ///< of what the server remarked

  Agenda agenda_;
  std::size_t next_ = 0;
  Declined declined_;
  std::map<std::string, int> parts_;  ///< StepContext::parts
  std::size_t steps_done_ = 0;
  std::size_t retried_ = 0;
  milliseconds longest_lock_wait_{0};
};

}  // namespace lockstep::execution
