#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control.h"
#include "lockstep/execution/executor.h"
#include "outcome.h"
#include "rollout.h"

namespace lockstep::fleet {

/// A run that the ledger knows of, with those who work in it. Used by one thread; the workers of
/// rollout() are its own. What it is given must live longer.
class RecordedRun {
 public:
  RecordedRun(const Ports& ports, const FleetOptions& options, Control& control,
              const StopTokens& stop);

  /// From here on the database changes.
  void begin(const std::string& command, std::size_t tenants, std::size_t steps);
  Rollout& rollout() { return *rollout_; }
  Tally& tally() noexcept { return tally_; }

  /// Runs `round`, which works and says how things stand then, and records its outcome; once more
  /// as long as a session was lost meanwhile, since a server that crashed may have lost the last
  /// steps, ledger and all.
  ApplyResult work(const std::function<ApplyResult()>& round);

  /// `left`: those of `tenants` that are not where the run was to bring them.
  ApplyResult result_of(const std::vector<std::string>& tenants, const std::set<std::string>& left,
                        const std::vector<std::string>& vanished) const;

 private:
  std::size_t losses() const;

  const Ports& ports_;
  const FleetOptions& options_;
  Control& control_;
  const StopTokens& stop_;
  core::Clock::TimePoint begun_;
  database::RunId run_ = 0;
  std::unique_ptr<execution::Executor> executor_;
  std::unique_ptr<Rollout> rollout_;
  Tally tally_;
};

}  // namespace lockstep::fleet
