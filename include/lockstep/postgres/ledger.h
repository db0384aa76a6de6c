#pragma once

#include <memory>
#include <string>

#include "lockstep/database/lease.h"
#include "lockstep/database/ledger.h"

namespace lockstep::postgres {

/// The ledger in that schema of whichever database a session is connected to. Sends nothing by
/// itself.
std::unique_ptr<database::Ledger> open_ledger(const std::string& schema);

/// Leases as session advisory locks.
std::unique_ptr<database::Lease> advisory_lease();

}  // namespace lockstep::postgres
