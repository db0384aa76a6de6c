#pragma once

#include <string>
#include <vector>

#include "sequences/index_build.h"
#include "support/partitioned_index.h"

// An index of a partitioned table, which PostgreSQL does not build concurrently: made on the
// partitioned tables alone, built on each partition that holds rows while everybody goes on, and
// attached. It is valid once every partition has it.

namespace lockstep::operations {

struct PartitionedBuild {
  IndexBuild index;  ///< as it is on the partitioned table
  IndexShape shape;
  /// "UNIQUE (id, at) DEFERRABLE": of a constraint, whose name is the index's; else empty.
  std::string constraint;
  /// "UNIQUE", "PRIMARY KEY", and what stands behind USING INDEX: " DEFERRABLE".
  std::string constraint_words;
  std::string deferral;
};

/// Refuses what cannot be built so: partitions out of reach, and indexes of partitions of which
/// nobody can tell whether PostgreSQL would take them. False where something was refused.
bool judge_partitions(Judge& judge, const Context& context, const catalog::Relation& table,
                      const IndexShape& shape, std::string_view what);

std::vector<plan::Step> build_on_partitions(const Maker& make, core::Phase natural,
                                            const PartitionedBuild& build);

}  // namespace lockstep::operations
