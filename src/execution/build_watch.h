#pragma once

#include <memory>
#include <optional>

#include "step_runner.h"

namespace lockstep::execution {

/// Looks, from a session of its own, at whom a statement waits for that has no timeouts itself:
/// reports them, and cancels the statement once it has waited for give_up_after without a break.
/// The session is opened at the first look, and closed with this.
class BuildWatch {
 public:
  BuildWatch(const StepContext& context, const plan::Step& step);

  /// While the statement runs on the context's session. Never throws: a look that fails is told and
  /// forgotten.
  void look() noexcept;
  /// Whom the statement waited for when it was cancelled here. Nothing: it was not.
  const std::optional<Blocker>& gave_up() const noexcept { return gave_up_; }

 private:
  void look_once();

  const StepContext& context_;
  const plan::Step& step_;
  std::size_t number_;  ///< of the statement before the watched one
  std::shared_ptr<database::Session> session_;
  std::optional<core::Clock::TimePoint> waits_since_;
  std::optional<Blocker> gave_up_;
  bool out_of_order_ = false;
};

}  // namespace lockstep::execution
