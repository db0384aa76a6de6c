#pragma once

#include "binding.h"

namespace lockstep::fleet {

/// Stores the steps of a binding, and makes its migrations and tenants known to the ledger, before
/// the first step runs. Fills in the hashes of stored lists; gives the tenants that still exist,
/// and the shared scope, by name.
std::map<std::string, database::LedgerTenant> register_binding(Binding& binding,
                                                               database::Ledger& ledger,
                                                               database::Session& session,
                                                               const Files& files);

}  // namespace lockstep::fleet
