#pragma once

#include <string>
#include <string_view>

#include "lockstep/fleet/results.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// A summary, then who needs attention: failed, blocked, running, half way, pending; then the next
/// command, with `flags` (" --tenants 't*'") as this one had them. Current tenants are listed only
/// with Style::verbose.
std::string status_text(const fleet::Status& status, const Style& style, std::string_view flags);
/// lockstep.status/1 (docs/cli.md).
std::string status_json(const fleet::Status& status);

}  // namespace lockstep::report
