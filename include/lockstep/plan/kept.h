#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/plan/step.h"

namespace lockstep::plan {

/// In Step::restore: the expression for rows that have no value of a column that must not be NULL.
/// Whoever brings the column back says it.
inline constexpr std::string_view kFill = "${fill}";

/// Of a step that keeps something, the parts that bring it back, each as a step with the id,
/// migration and phase of that one. Without `fill` the parts that would fill ask whether they need
/// to. `former`: the statements that the ledger has kept for the step (Undo::former).
std::vector<Step> restore_parts(const Step& kept, const std::string& fill,
                                const std::vector<std::string>& former);

}  // namespace lockstep::plan
