#include "lockstep/fleet/results.h"

namespace lockstep::fleet {

std::string_view to_string(StandingState state) noexcept {
  switch (state) {
    case StandingState::kCurrent:
      return "current";
    case StandingState::kPending:
      return "pending";
    case StandingState::kExpanded:
      return "expanded";
    case StandingState::kRunning:
      return "running";
    case StandingState::kBlocked:
      return "blocked";
    case StandingState::kFailed:
      break;
  }
  return "failed";
}

std::string_view to_string(ApplyOutcome outcome) noexcept {
  switch (outcome) {
    case ApplyOutcome::kDone:
      return "done";
    case ApplyOutcome::kFailed:
      return "failed";
    case ApplyOutcome::kInterrupted:
      return "interrupted";
    case ApplyOutcome::kRefused:
      return "refused";
    case ApplyOutcome::kStuck:
      return "stuck";
    case ApplyOutcome::kBlocked:
      return "blocked";
    case ApplyOutcome::kBusy:
      return "busy";
    case ApplyOutcome::kPaused:
      return "paused";
    case ApplyOutcome::kWaiting:
      break;
  }
  return "waiting";
}

std::map<StandingState, std::size_t> Status::summary() const {
  std::map<StandingState, std::size_t> counts;
  for (const Standing& standing : tenants) {
    ++counts[standing.state];
  }
  return counts;
}

bool Planned::nothing_to_do() const noexcept {
  return plan.cohorts.empty() && half_way.empty() && plan.refused.empty();
}

}  // namespace lockstep::fleet
