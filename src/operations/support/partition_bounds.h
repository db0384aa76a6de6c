#pragma once

#include <optional>
#include <string>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

namespace lockstep::operations {

/// The condition that PostgreSQL makes of a partition's bounds, so that a validated CHECK of it
/// spares the partition from being read by ATTACH, and one of its negation the default partition.
/// Nothing where it has no form that all tenants share (hash), or where only the server knows it:
/// of the default partition, of keys that are expressions, of values that are no constants.
std::optional<sql::Expr> bound_condition(const catalog::Relation& parent,
                                         const sql::PartitionBound& bound);

/// NOT (condition).
sql::Expr negated(const sql::Expr& condition);

/// `bound: "FOR VALUES IN (1)"`.
std::optional<sql::PartitionBound> yaml_bound(text::Fields& fields, core::Problems& problems);
/// The same for text whose place is known: FOR VALUES ..., or DEFAULT.
std::optional<sql::PartitionBound> parse_bound(const std::string& text,
                                               const core::SourceLocation& where,
                                               core::Problems& problems);

}  // namespace lockstep::operations
