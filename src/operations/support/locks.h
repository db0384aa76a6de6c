#pragma once

#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/lock_mode.h"
#include "lockstep/plan/step.h"

// Declared locks: exactly what pg_locks would show on tables, partitions and views that exist
// before the step. Indexes are declared only where they are dropped.

namespace lockstep::operations {

/// The table and everything below it: partitions, their partitions, inheritance children.
std::vector<plan::LockClaim> family(const catalog::Catalog& catalog, const catalog::Relation& table,
                                    catalog::LockMode mode);

/// The same for a relation that the catalog may not hold: the other side of a foreign key. Then it
/// alone.
std::vector<plan::LockClaim> family(const catalog::Catalog& catalog,
                                    const catalog::QualifiedName& table, catalog::LockMode mode);

/// Each relation once, with its strongest mode, in the order of first mention.
std::vector<plan::LockClaim> merge(std::vector<plan::LockClaim> claims);
void append(std::vector<plan::LockClaim>& to, const std::vector<plan::LockClaim>& more);

/// What LOCK TABLE must name to get these: tables only (what the catalog does not hold is the other
/// side of a foreign key), and no partition whose parent is named
/// with the same mode, since LOCK TABLE descends by itself.
std::vector<plan::LockClaim> lockable(const catalog::Catalog& catalog,
                                      const std::vector<plan::LockClaim>& claims);

}  // namespace lockstep::operations
