#pragma once

#include <optional>
#include <string>

#include "lockstep/database/session.h"
#include "lockstep/execution/options.h"

namespace lockstep::execution {

/// What keeps backfills from going on now.
struct Throttle {
  std::string why;
  /// Not a reason to pause: our role may not see what it was told to look at.
  bool blind = false;
};

/// Nothing: they may go on. Any factor can stop, none can force. Throws DatabaseError.
std::optional<Throttle> throttle(database::Session& session, const BackfillOptions& options);

}  // namespace lockstep::execution
