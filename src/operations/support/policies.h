#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sequences/steps.h"
#include "support/judge.h"

// Row security: which rows a table shows is decided by its policies, once it is switched on.

namespace lockstep::operations {

/// The table's policy of that name, as a dependant; null where there is none.
const catalog::Dependant* find_policy(const catalog::Relation& table, std::string_view name);
bool has_policies(const catalog::Relation& table);

/// Whether a change of policies changes what anybody sees: the table is in use, and row security is
/// on.
bool policies_count(const catalog::Relation& table, const Operation& operation,
                    const Context& context);

/// "row-security": who sees what is changed, in contract.
void judge_seen_rows(Judge& judge, const std::string& effect);

/// The same as a refusal: no row is seen from then on.
void judge_hidden_rows(Judge& judge, const catalog::Relation& table, const std::string& why,
                       const std::string& remedy);

/// The relation, its row security as a condition, its policies as a set, and this one of them.
std::vector<plan::Touch> policy_touches(const catalog::Relation& table, const std::string& policy,
                                        plan::Touch::How how);
/// What its expressions read: columns, relations, functions.
void append_policy_reads(std::vector<plan::Touch>& touches, std::vector<plan::LockClaim>& locks,
                         const catalog::Catalog& catalog, const catalog::Relation& table,
                         const std::optional<sql::Expr>& expression);

std::string drop_policy_sql(const catalog::Relation& table, const std::string& policy);

}  // namespace lockstep::operations
