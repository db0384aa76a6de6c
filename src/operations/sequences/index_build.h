#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sequences/steps.h"

// An index built while everybody goes on writing, settled by the catalog (RULES.md 22).

namespace lockstep::operations {

struct IndexBuild {
  const catalog::Relation& table;
  std::string name;
  std::string method = "btree";
  std::string tail;  ///< "(a, lower(b)) INCLUDE (c) WHERE d"
  bool unique = false;
  std::vector<std::string> uses;  ///< the columns it depends on
};

/// "CREATE UNIQUE INDEX CONCURRENTLY name ON table USING btree tail".
std::string create_index_sql(const IndexBuild& index, bool concurrently);

plan::Step build_concurrently(const Maker& make, core::Phase natural, const IndexBuild& index);
/// In a transaction, for a table that nobody else knows yet.
plan::Step build_plainly(const Maker& make, core::Phase natural, const IndexBuild& index);

/// What must be unique, for the check that stands before a unique build.
struct UniqueKey {
  const catalog::Relation& table;
  std::vector<std::string> expressions;  ///< quoted columns, or expressions
  std::vector<std::string> columns;      ///< for the touches
  std::string predicate;                 ///< empty: every row
  bool nulls_distinct = true;
};
plan::Step check_no_duplicates(const Maker& make, core::Phase natural, const UniqueKey& key);

/// Queries for done_when: one boolean.
std::string index_is_ready(const catalog::QualifiedName& index);
std::string index_is_gone(const catalog::QualifiedName& index);
/// Query for a check: the table and partitions that have no valid part of a partitioned index.
std::string partitions_without(const catalog::QualifiedName& index);

/// Query for done_when: whether the partition belongs to that table no more, nor is about to leave.
std::string partition_is_detached(const catalog::QualifiedName& table,
                                  const catalog::QualifiedName& partition);

/// Identifiers, quoted as needed and joined with ", ".
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace lockstep::operations
