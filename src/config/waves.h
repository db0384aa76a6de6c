#pragma once

#include <vector>

#include "lockstep/config/options.h"
#include "lockstep/text/node.h"

namespace lockstep::config {

/// Reads rollout.waves: a list of {name, tenants} or {name, percent}, or {name} alone for the rest.
std::vector<WaveOptions> read_waves(const text::Node& node, core::Problems& problems);

}  // namespace lockstep::config
