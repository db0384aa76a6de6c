#include "support/partitions.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep::operations {

using catalog::Catalog;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::RelationKind;

namespace {

void add(const Catalog& catalog, const Relation& table, PartitionTree& tree) {
  if (!is_partitioned(table)) {
    tree.leaves.push_back(&table);
    return;
  }
  tree.partitioned.push_back(&table);
  for (const QualifiedName& child : table.partitions) {
    const Relation* partition = catalog.find(child);
    if (!partition) {
      tree.out_of_reach.push_back(shown(child) + ", which lies in another schema");
    } else if (!partition->is_table()) {
      tree.out_of_reach.push_back(
          fmt::format("{}, which is a {}", shown(child), catalog::to_string(partition->kind)));
    } else {
      add(catalog, *partition, tree);
    }
  }
}

}  // namespace

bool is_partitioned(const Relation& table) {
  return table.kind == RelationKind::kPartitionedTable;
}

PartitionTree partition_tree(const Catalog& catalog, const Relation& table) {
  PartitionTree tree;
  add(catalog, table, tree);
  return tree;
}

std::vector<std::string> partition_key_columns(const PartitionTree& tree) {
  std::vector<std::string> columns;
  for (const Relation* table : tree.partitioned) {
    for (const std::string& column : table->partition_key) {
      if (std::find(columns.begin(), columns.end(), column) == columns.end())
        columns.push_back(column);
    }
  }
  return columns;
}

bool judge_partitions_in_reach(Judge& judge, const PartitionTree& tree, std::string_view what) {
  if (tree.out_of_reach.empty()) return true;
  judge.refuse(
      "partition-out-of-reach",
      fmt::format("Each partition must get {}, and Lockstep cannot give it to {}.", what,
                  fmt::join(tree.out_of_reach, "; nor to ")),
      "Detach that partition, or move it into the schema of its table; or write an `sql` operation "
      "that declares the locks on all partitions.");
  return false;
}

bool judge_partition_key(Judge& judge, const PartitionTree& tree,
                         const std::vector<std::string>& key, std::string_view what) {
  std::vector<std::string> missing;
  for (const std::string& column : partition_key_columns(tree)) {
    if (column.empty()) {
      judge.problem(
          fmt::format("{} is partitioned by an expression, and PostgreSQL allows it no unique key",
                      shown(tree.partitioned.front()->name)),
          "Create the unique index on each partition: it holds within that partition.");
      return false;
    }
    if (std::find(key.begin(), key.end(), column) == key.end()) missing.push_back(column);
  }
  if (missing.empty()) return true;
  judge.problem(fmt::format("{} on {} leaves out {} of its partition key", what,
                            shown(tree.partitioned.front()->name), fmt::join(missing, ", ")),
                fmt::format("Add {} to its columns: PostgreSQL looks for duplicates within each "
                            "partition alone.",
                            fmt::join(missing, ", ")));
  return false;
}

const Relation* default_partition(const Catalog& catalog, const Relation& table) {
  for (const QualifiedName& child : table.partitions) {
    const Relation* partition = catalog.find(child);
    if (partition && partition->partition_bound == "DEFAULT") return partition;
  }
  return nullptr;
}

std::string with_partitions(const PartitionTree& tree, const Relation& table) {
  if (tree.partitioned.empty()) return shown(table.name);
  const std::size_t below = tree.partitioned.size() - 1 + tree.leaves.size();
  return fmt::format("{} and its {} partition{}", shown(table.name), below, below == 1 ? "" : "s");
}

}  // namespace lockstep::operations
