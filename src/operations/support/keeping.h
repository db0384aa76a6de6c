#pragma once

#include <string>
#include <vector>

#include "lockstep/operations/operation.h"
#include "support/judge.h"

// drop_grace (RULES.md 11): what is put out of the application's sight instead of being dropped,
// where it goes, and what cannot be kept.

namespace lockstep::operations {

/// Whether what is dropped of this table is kept. Tables with partitions, children or a parent are
/// dropped at once; so is what nobody but this migration knows.
bool is_kept(const catalog::Relation& table, const Operation& operation, const Context& context);

/// "7d"
std::string grace_words(const Context& context);

/// What a remedy adds where a grace is set that does not hold for the table; else nothing.
std::string not_kept_words(const catalog::Relation& table, const Operation& operation,
                           const Context& context);

/// Of the table or of one of its indexes and sequences, in the schema for kept tables, which all
/// tenants share: "t12_0009_users", where 12 is the tenant.
core::QualifiedName kept_relation(const Operation& operation, const Context& context,
                                  const std::string& relation);
/// Of a column, in its table: "users_phone_lockstep_0009_1".
std::string kept_column_name(const Operation& operation, const catalog::Relation& table,
                             const std::string& column);
/// Of a sequence that stays beside a kept column.
std::string kept_sequence_name(const Operation& operation, const std::string& sequence);

/// False, and refused, where an earlier migration of the same plan changes what would have to be
/// brought back, so that nobody knows yet how the server will say it. `parts`: those.
bool judge_known(Judge& judge, const catalog::Relation& table,
                 const std::vector<std::string>& parts);

}  // namespace lockstep::operations
