#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sequences/steps.h"

// ATTACH PARTITION reads what no CHECK proves to lie in the right place, and builds what indexes
// and keys are missing, while the partition, and the default partition, are locked against
// everybody. What is here makes it find all of that done.

namespace lockstep::operations {

struct Attaching {
  const catalog::Relation& table;  ///< the partitioned one
  catalog::QualifiedName partition;
  const sql::PartitionBound& bound;
  std::optional<sql::Expr> condition;  ///< bound_condition()
  std::string helper;                  ///< the name of both CHECKs that prove the bounds
};
Attaching attaching(const Operation& operation, const catalog::Relation& table,
                    const catalog::QualifiedName& partition, const sql::PartitionBound& bound);

/// Whether the bounds fit the table's key. False where something was refused or is a problem.
bool judge_bound(Judge& judge, const Context& context, const Attaching& what);
/// The default partition is read where nothing proves that it need not be.
void judge_default(Judge& judge, const Context& context, const Attaching& what);

/// A CHECK of the condition, or of its negation: asked for, added NOT VALID and validated.
std::vector<plan::Step> prove_bound(const Maker& make, core::Phase natural, const Attaching& what,
                                    const catalog::Relation& of, const sql::Expr& condition);
/// The same of the default partition; none where there is none, or nothing to prove.
std::vector<plan::Step> prove_default(const Maker& make, core::Phase natural,
                                      const Attaching& what);

/// ATTACH PARTITION.
std::string attach_sql(const Attaching& what);
/// DROP CONSTRAINT of the helper that prove_default makes; empty where it makes none.
std::vector<std::string> drop_default_helper(const Context& context, const Attaching& what);
/// What ATTACH takes beside the partition itself. `keys_there`: the partition has the table's
/// foreign keys already, which costs a stronger lock on what they reference.
std::vector<plan::LockClaim> attach_locks(const Context& context, const Attaching& what,
                                          bool keys_there);
/// LOCK TABLE goes down to all partitions of a partitioned table, which ATTACH and DETACH leave
/// alone: the statement takes that lock itself.
void lock_itself(std::vector<plan::LockClaim>& lock_first, const catalog::QualifiedName& table);

}  // namespace lockstep::operations
