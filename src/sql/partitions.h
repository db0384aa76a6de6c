#pragma once

#include "lockstep/sql/statement.h"
#include "reader.h"

namespace lockstep::sql {

/// The bounds of a partition, where ATTACH PARTITION or PARTITION OF has them.
PartitionBound read_partition_bound(const Reader& reader, const PgQuery__PartitionBoundSpec& spec);

}  // namespace lockstep::sql
