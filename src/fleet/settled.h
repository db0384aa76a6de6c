#pragma once

#include "binding.h"
#include "planning.h"

// Between the look at the ledger and the look at the catalog another run may have done a tenant's
// steps. Then the two do not fit together, and what seems to be that tenant's problem is none: both
// are looked at again, until the ledger says of the tenants in question what it said before.

namespace lockstep::fleet {

/// make_plan; `survey` becomes the one that the plan was made from.
Planned settled_plan(const Ports& ports, const FleetOptions& options, database::Session& session,
                     database::CatalogReader& catalog, Survey& survey, const Files& files);

/// bind_saved; `survey` becomes the one that the plan was bound to.
Binding settled_binding(const plan::Plan& plan, const Ports& ports, const FleetOptions& options,
                        database::Session& session, database::CatalogReader& catalog,
                        Survey& survey, const Files& files);

}  // namespace lockstep::fleet
