#pragma once

#include <string>
#include <vector>

#include "support/judge.h"

// Partitioned tables, and what belongs to them.

namespace lockstep::operations {

/// A partitioned table with everything below it.
struct PartitionTree {
  /// The table first, each before its own partitions.
  std::vector<const catalog::Relation*> partitioned;
  /// Those that hold rows.
  std::vector<const catalog::Relation*> leaves;
  /// Partitions that no step of ours can reach, in words: "ev_far, which is a foreign table".
  std::vector<std::string> out_of_reach;
};

bool is_partitioned(const catalog::Relation& table);

/// Of a table that is not partitioned: itself, as the only leaf.
PartitionTree partition_tree(const catalog::Catalog& catalog, const catalog::Relation& table);

/// The columns that each unique key of the table must have: the partition keys of it and of its
/// partitions. "" stands for an expression, with which there can be no unique key.
std::vector<std::string> partition_key_columns(const PartitionTree& tree);

/// Refuses partitions out of reach, for an index or a key that each partition must get.
/// `what`: "the index". False where something was refused.
bool judge_partitions_in_reach(Judge& judge, const PartitionTree& tree, std::string_view what);

/// A problem where the key leaves out columns of the partition key. `key`: its plain columns.
/// `what`: "the unique index".
bool judge_partition_key(Judge& judge, const PartitionTree& tree,
                         const std::vector<std::string>& key, std::string_view what);

/// The table's DEFAULT partition; nothing where it has none, or none that we know.
const catalog::Relation* default_partition(const catalog::Catalog& catalog,
                                           const catalog::Relation& table);

/// "ev and its 3 partitions", or "users".
std::string with_partitions(const PartitionTree& tree, const catalog::Relation& table);

}  // namespace lockstep::operations
