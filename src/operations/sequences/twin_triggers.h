#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sequences/column_copies.h"
#include "sequences/steps.h"

// Triggers UPDATE OF a column that has two names for a while: each gets a twin that fires for the
// other name.

namespace lockstep::operations {

/// In expand, once the other column is filled, which would fire them. Nothing where there is no
/// such trigger.
std::optional<plan::Step> twin_triggers_step(const Maker& make, const Replacement& replacement);

/// The statements that take them away.
std::vector<std::string> drop_twin_triggers(const Operation& operation,
                                            const Replacement& replacement);

}  // namespace lockstep::operations
