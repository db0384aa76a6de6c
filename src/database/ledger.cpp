#include "lockstep/database/ledger.h"

namespace lockstep::database {

std::string_view to_string(MigrationState state) noexcept {
  switch (state) {
    case MigrationState::kRunning:
      return "running";
    case MigrationState::kExpanded:
      return "expanded";
    case MigrationState::kDone:
      return "done";
    case MigrationState::kBaseline:
      break;
  }
  return "baseline";
}

bool TenantMigration::over() const noexcept {
  return state == MigrationState::kDone || state == MigrationState::kBaseline;
}

std::string_view to_string(StepState state) noexcept {
  switch (state) {
    case StepState::kRunning:
      return "running";
    case StepState::kDone:
      return "done";
    case StepState::kFailed:
      return "failed";
    case StepState::kBlocked:
      break;
  }
  return "blocked";
}

std::string_view to_string(Via via) noexcept {
  return via == Via::kDirect ? "direct" : "staged";
}

std::string to_string(const Pause& pause) {
  std::string text = "paused by " + pause.os_user;
  if (!pause.host.empty()) {
    text += "@" + pause.host;
  }
  text += " since " + pause.since;
  return pause.reason.empty() ? text : text + ": " + pause.reason;
}

}  // namespace lockstep::database
