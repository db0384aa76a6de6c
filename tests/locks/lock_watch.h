#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lockstep/catalog/lock_mode.h"
#include "lockstep/core/names.h"
#include "lockstep/database/session.h"
#include "lockstep/plan/step.h"
#include "tests/scenarios/tenant.h"

// What PostgreSQL itself says a statement locks, rewrites and reads.

namespace lockstep::test {

/// A relation of the tenant's or the shared schema that was there before the statement.
struct Existing {
  core::QualifiedName name;
  char kind = 'r';  ///< pg_class.relkind
  std::int64_t file = 0;
  std::int64_t table = 0;  ///< of an index
};
using ExistingRelations = std::map<std::int64_t, Existing>;  ///< by oid
ExistingRelations existing_relations(Tenant& tenant);

struct Observed {
  /// The strongest mode on each table, partition, view and sequence, on indexes that the statement
  /// drops, and on those that it locks more strongly than their table.
  std::map<core::QualifiedName, catalog::LockMode> locks;
  bool rewrite = false;
  /// It read all of an existing table, to rewrite, verify, validate or index it.
  bool scan = false;
};

/// Runs the statements in one transaction and looks before its end, which is a COMMIT or a
/// ROLLBACK.
Observed observe(Tenant& tenant, const std::vector<std::string>& statements, bool commit);

/// Runs a concurrent statement while a transaction that has read the table is open, whose end it
/// must wait for, and looks meanwhile. `awaits`: the kind of lock that it then waits for, of
/// pg_locks.locktype. What it waits for counts as locked.
Observed observe_held_up(Tenant& tenant, const std::string& statement,
                         const core::QualifiedName& table,
                         const std::string& awaits = "virtualxid");

/// "users AccessExclusiveLock", sorted.
std::vector<std::string> lines(const std::map<core::QualifiedName, catalog::LockMode>& locks);
std::vector<std::string> lines(const std::vector<plan::LockClaim>& claims);

}  // namespace lockstep::test
