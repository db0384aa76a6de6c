#pragma once

#include <string>
#include <vector>

#include "lockstep/fleet/results.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

/// What the command line adds to a plan's text.
struct PlanView {
  std::string head;  ///< newest version among the files
  std::vector<std::string>
      next;  ///< the next commands, each with what it does: "Apply it:  lockstep apply"
  std::string empty_folder;  ///< the folder of migrations, where it has none
  std::string no_tenants = "no tenant is selected";  ///< said where there are none: why
  bool tries_direct = true;                          ///< locks.direct_below is not 0
};

/// For a terminal: what is refused first, then one line a step, then how cohorts differ, what
/// cannot be undone, and the next command.
std::string plan_text(const fleet::Planned& planned, const PlanView& view, const Style& style);

/// For reviewers: the same, with every statement that will run.
std::string plan_markdown(const fleet::Planned& planned, const PlanView& view);

}  // namespace lockstep::report
