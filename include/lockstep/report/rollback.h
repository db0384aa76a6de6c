#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/fleet/rollback.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// What the command line adds.
struct RollbackView {
  std::optional<std::string> to;  ///< the version that stays, as it was given
  std::vector<std::string> next;  ///< the next commands, each with what it does
};

/// What would be taken back, step by step, and what does not come back.
std::string rollback_plan_text(const fleet::RollbackPlan& plan, const Style& style);
/// The outcome in a sentence, then every tenant that is not done, then what to do next.
std::string rollback_text(const fleet::RollbackResult& result, const RollbackView& view,
                          const Style& style);
/// lockstep.rollback/1 (docs/cli.md).
std::string rollback_json(const fleet::RollbackResult& result, const RollbackView& view);

}  // namespace lockstep::report
