#pragma once

#include <string>
#include <vector>

#include "lockstep/fleet/purge.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// What the command line adds.
struct PurgeView {
  enum class Mode { kList, kDryRun, kPurge, kRestore };
  Mode mode = Mode::kPurge;
  std::vector<std::string> names;  ///< that are to come back
  std::vector<std::string> next;   ///< the next commands, each with what it does
};

/// What is kept since when and until when; or what would go, or come back.
std::string purge_plan_text(const fleet::PurgePlan& plan, const PurgeView& view,
                            const Style& style);
/// The outcome in a sentence, then every tenant that is not done, then what to do next.
std::string purge_text(const fleet::PurgeResult& result, const PurgeView& view, const Style& style);
/// lockstep.purge/1 (docs/cli.md).
std::string purge_json(const fleet::PurgeResult& result, const PurgeView& view);

}  // namespace lockstep::report
