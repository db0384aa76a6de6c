#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations::create_partition {

struct Parameters {
  catalog::QualifiedName table;  ///< the partitioned one
  catalog::QualifiedName partition;
  sql::PartitionBound bound;
  bool if_not_exists = false;
  /// "ensure_partitions" where that recipe makes it: then one of other name with the same bounds
  /// will do.
  std::string_view operation = "create_partition";
  /// What stands in the statement beside names and bounds ("a column list"); empty where nothing.
  std::string form;
};

OperationPtr operation_of(Parameters parameters, const Origin& origin);
/// CREATE TABLE ... PARTITION OF.
std::vector<OperationPtr> from_statement(const sql::CreateTable& statement, const Origin& origin);
std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems);

}  // namespace lockstep::operations::create_partition
