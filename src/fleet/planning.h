#pragma once

#include <map>
#include <string>
#include <vector>

#include "survey.h"

namespace lockstep::fleet {

/// The plan for everything that is pending and may be planned now. Tenants with expand steps left
/// are half way: they run their stored steps first.
Planned make_plan(const Ports& ports, const FleetOptions& options, database::Session& session,
                  database::CatalogReader& catalog, const Survey& survey, const Files& files);

/// The migrations that a tenant's structure is fingerprinted for. They depend on the tenant alone,
/// so a fingerprint stays what it was while other tenants go on.
std::set<std::string> touched_by(const Progress& progress);

/// What a structure is fingerprinted over: everything that these migrations touch.
catalog::CatalogRequest request_of(const Files& files, const std::set<std::string>& keys);

}  // namespace lockstep::fleet
