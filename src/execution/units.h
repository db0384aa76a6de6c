#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "step_runner.h"

namespace lockstep::execution {

/// What was tried and did not work in this tenant: ids of first steps.
struct Declined {
  std::set<std::string> direct;
  std::set<std::string> merged;
  std::set<std::string> across;
};

/// The next steps to do together, from `begin` on: a run of steps that one plain statement replaces
/// (RULES.md 14), neighbouring instant steps (RULES.md 16, docs/decisions/010), or one step.
Unit next_unit(std::vector<StepItem>& items, std::size_t begin, const Declined& declined,
               const ExecutionOptions& options);

}  // namespace lockstep::execution
