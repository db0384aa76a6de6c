#pragma once

#include <string>
#include <vector>

#include "lockstep/fleet/results.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// The outcome in a sentence, then every tenant that is not done, then `next`.
std::string apply_text(const fleet::ApplyResult& result, const std::vector<std::string>& next,
                       const Style& style);
/// lockstep.apply/1 (docs/cli.md).
std::string apply_json(const fleet::ApplyResult& result);

}  // namespace lockstep::report
