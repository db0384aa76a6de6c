#pragma once

#include <string>
#include <vector>

#include "lockstep/database/rights.h"
#include "lockstep/database/session.h"

namespace lockstep::postgres {

/// A query for the needs that are not met, of all tenants and of the ledger. One row each: role,
/// database, tenant, what, schema, name, step, owner; one with NULLs from the third on where there
/// is none.
std::string rights_query(const database::Session& session,
                         const std::vector<database::Needs>& needs,
                         const std::string& ledger_schema);

/// What its rows say.
database::Rights rights_from(const database::Result& rows);

}  // namespace lockstep::postgres
