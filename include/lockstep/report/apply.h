#pragma once

#include <string>
#include <vector>

#include "lockstep/fleet/results.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// What the command line adds to an outcome.
struct ApplyView {
  std::string reached;            ///< "expand is finished", of the tenants that are done
  std::vector<std::string> next;  ///< the next commands, each with what it does
  std::string empty_folder;       ///< the folder of migrations, where it has none
  std::string no_tenants = "no tenant is selected";  ///< said where there are none: why
};

/// The outcome in a sentence, then every tenant that is not done, then what to do next.
std::string apply_text(const fleet::ApplyResult& result, const ApplyView& view, const Style& style);
/// lockstep.apply/1 (docs/cli.md).
std::string apply_json(const fleet::ApplyResult& result);

}  // namespace lockstep::report
