#pragma once

#include <map>
#include <string>
#include <vector>

#include "binding.h"
#include "control.h"
#include "lockstep/database/rights.h"
#include "survey.h"

// Whether the steps will be allowed, asked before any tenant is changed (RULES.md 26).

namespace lockstep::fleet {

/// Tenants with the steps that they have to run. The shared scope is the tenant "".
struct PreflightWork {
  std::vector<std::string> tenants;
  std::vector<const plan::Step*> steps;
};

/// What somebody who runs these steps must be allowed, each thing once.
std::vector<database::Need> needs_of(const std::vector<const plan::Step*>& steps);

/// All that is lacking, in one query. Nothing where no work is given.
std::vector<PreflightFailure> preflight(const Ports& ports, const database::Session& session,
                                        database::CatalogReader& catalog,
                                        const std::vector<PreflightWork>& works);

/// Of a plan's cohorts and of the steps stored for tenants that are half way (`stored`: by the hash
/// in their rows).
std::vector<PreflightWork> work_of(const plan::Plan& plan);
std::vector<PreflightWork> work_of(const Binding& binding);
std::vector<PreflightWork> work_of(const Survey& survey,
                                   const std::map<std::string, std::vector<plan::Step>>& stored);

/// The whole of it for an apply: what `binding` begins and what is half way.
std::vector<PreflightFailure> preflight_of_apply(const Ports& ports, Control& control,
                                                 const Survey& survey, const Binding& binding);

/// What an apply comes to that must not begin.
ApplyResult not_begun(const Survey& survey, std::vector<PreflightFailure> failures);

}  // namespace lockstep::fleet
