#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "lockstep/plan/step.h"

namespace lockstep::execution {

using StepList = std::shared_ptr<const std::vector<plan::Step>>;

/// In which order to run repeatables: what one needs and another makes comes first (RULES.md 6), as
/// their steps say. Otherwise, and in a circle, the given order. Indexes into `lists`.
std::vector<std::size_t> repeatable_order(const std::vector<StepList>& lists);

}  // namespace lockstep::execution
