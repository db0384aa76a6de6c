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

std::vector<PreflightWork> work_of(const plan::Plan& plan);
std::vector<PreflightWork> work_of(const Binding& binding);

/// The whole of it: what is planned, and the steps stored for tenants that are half way, with the
/// leftovers in the way of the latter in these phases. `files`: all of the folder.
std::vector<PreflightFailure> preflight_of_all(const Ports& ports, database::Session& session,
                                               database::CatalogReader& catalog,
                                               const Survey& survey, const Files& files,
                                               std::vector<PreflightWork> planned,
                                               PhaseChoice phases);

/// What an apply comes to that must not begin.
ApplyResult not_begun(const Survey& survey, std::vector<PreflightFailure> failures);

}  // namespace lockstep::fleet
