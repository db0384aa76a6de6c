#pragma once

#include <string>

#include "json.h"
#include "layout.h"
#include "lockstep/fleet/results.h"
#include "lockstep/report/style.h"

// What the reports of all commands say that run something in many tenants.

namespace lockstep::report {

/// "Done", "Failed in 3 tenants".
std::string headword(const fleet::ApplyResult& result, const Paint& paint);
/// Every tenant that is not done, and why.
std::string failures_text(const fleet::ApplyResult& result, const Style& style);
/// Who was not started or is not there; empty for nobody.
std::string left_text(const fleet::ApplyResult& result);

/// run, outcome, tenants, steps, failures and times, as members of lockstep.apply/1.
void add_run(Json& json, const fleet::ApplyResult& result);

}  // namespace lockstep::report
