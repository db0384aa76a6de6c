#include "lockstep/core/sqlstate.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace lockstep::core::sqlstate {

bool is_transient(std::string_view sqlstate) noexcept {
  constexpr std::array kTransient = {
      kLockNotAvailable, kDeadlockDetected, kSerializationFailure, kAdminShutdown,
      kCrashShutdown,    kCannotConnectNow, kTooManyConnections,
  };
  return std::find(kTransient.begin(), kTransient.end(), sqlstate) != kTransient.end();
}

}  // namespace lockstep::core::sqlstate
