#pragma once

#include <string>

#include "binding.h"

namespace lockstep::fleet {

/// A file as the ledger is to know it.
database::RecordedMigration recorded_of(const std::string& key, const migration::Migration& file);

/// Files that were edited since they were recorded, as they are now, which is possible as nobody
/// has begun them. They are recorded anew before anything runs: what is stored of an earlier text
/// may be this one again.
std::vector<database::RecordedMigration> rewritten(const Survey& survey, const Files& files);

/// Stores the steps of a binding, and makes its migrations and tenants known to the ledger, before
/// the first step runs. Fills in the hashes of stored lists; gives the tenants that still exist,
/// and the shared scope, by name.
std::map<std::string, database::LedgerTenant> register_binding(Binding& binding,
                                                               database::Ledger& ledger,
                                                               database::Session& session,
                                                               const Files& files);

}  // namespace lockstep::fleet
