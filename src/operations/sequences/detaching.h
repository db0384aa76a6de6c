#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

namespace lockstep::operations {

/// How the author writes it: at once, or CONCURRENTLY, which leaves a CHECK of the bounds behind.
enum class DetachForm { kPlain, kConcurrently };

/// Why a partition of the table is not detached concurrently, in words; empty where it is.
/// PostgreSQL does it only where there is no default partition. Where there are foreign keys from
/// or to the table it takes strong locks on the other tables at the end, and nothing would bound
/// its wait for them.
std::string why_not_concurrently(const catalog::Relation& table);

/// Takes a partition out of its table; in contract. Concurrently where that can be. What the other
/// form leaves different is put right.
std::vector<plan::Step> detach_steps(const Maker& make, const catalog::Relation& table,
                                     const catalog::Relation& partition, DetachForm form);

/// What plain DETACH takes.
std::vector<plan::LockClaim> detach_locks(const Context& context, const catalog::Relation& table,
                                          const catalog::Relation& partition);
std::string detach_sql(const catalog::Relation& table, const catalog::Relation& partition);

/// The name of the CHECK that CONCURRENTLY leaves.
std::string left_check_name(const catalog::Catalog& catalog, const catalog::Relation& table,
                            const catalog::Relation& partition);

}  // namespace lockstep::operations
