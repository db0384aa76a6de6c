#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/text/node.h"
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

/// The same where a policy changes which rows those are.
void judge_other_rows(Judge& judge, const catalog::Relation& table);

constexpr const char* kPolicyNote =
    "is contract because it changes which rows the application sees";

/// What CREATE POLICY and ALTER POLICY have in common.
struct PolicyParts {
  const catalog::QualifiedName& table;
  const std::string& name;
  const std::optional<sql::Expr>& using_expression;
  const std::optional<sql::Expr>& check;
};
template <class Statement>
PolicyParts parts_of(const Statement& statement) {
  return {statement.table, statement.name, statement.using_expression, statement.check};
}

void request_policy(catalog::CatalogRequest& request, const PolicyParts& parts);
/// The columns of the table that its expressions name.
std::set<std::string> policy_columns(const catalog::Relation& table, const PolicyParts& parts);
/// The one step, with what the expressions read.
plan::Step policy_step(const Maker& make, const catalog::Relation& table, const PolicyParts& parts,
                       core::Phase natural, std::string title, std::vector<std::string> sql,
                       plan::Undo undo, plan::Touch::How how);
/// The policy as it was before, with its comment, in the place of the one of that name; none where
/// there was none, or its definition is not known.
plan::Undo undo_policy(const catalog::Relation& table, const std::string& policy);

/// " TO ... USING (...) WITH CHECK (...)" of the fields of these names.
std::string yaml_policy_clauses(text::Fields& fields);

/// The relation, its row security as a condition, its policies as a set, and this one of them.
std::vector<plan::Touch> policy_touches(const catalog::Relation& table, const std::string& policy,
                                        plan::Touch::How how);
std::string drop_policy_sql(const catalog::Relation& table, const std::string& policy);

}  // namespace lockstep::operations
