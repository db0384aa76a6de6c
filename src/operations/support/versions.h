#pragma once

#include <string>

#include "support/judge.h"

namespace lockstep::operations {

/// Refuses what the server is too old for.
void needs_version(Judge& judge, const Context& context, int major, const std::string& what);

}  // namespace lockstep::operations
