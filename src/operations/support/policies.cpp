#include "support/policies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/dml.h"

namespace lockstep::operations {

using catalog::Dependant;
using catalog::Relation;
using How = plan::Touch::How;

const Dependant* find_policy(const Relation& table, std::string_view name) {
  const auto found = std::find_if(
      table.dependants.begin(), table.dependants.end(), [&](const Dependant& dependant) {
        return dependant.kind == "policy" && dependant.name.name == name;
      });
  return found == table.dependants.end() ? nullptr : &*found;
}

bool has_policies(const Relation& table) {
  return std::any_of(table.dependants.begin(), table.dependants.end(),
                     [](const Dependant& dependant) { return dependant.kind == "policy"; });
}

bool policies_count(const Relation& table, const Operation& operation, const Context& context) {
  return (table.row_security || table.assumed) && !is_new(table, operation, context);
}

void judge_seen_rows(Judge& judge, const std::string& effect) {
  judge.report({.id = "row-security",
                .verdict = plan::Verdict::kInstant,
                .effect = effect,
                .remedy = "It happens in contract, after the deploy."});
}

void judge_hidden_rows(Judge& judge, const Relation& table, const std::string& why,
                       const std::string& remedy) {
  judge.refuse("row-security-hides-rows",
               fmt::format("{} From that instant on {} shows and takes no row, but for its owner "
                           "and roles that row security does not bind.",
                           why, shown(table.name)),
               remedy);
}

std::vector<plan::Touch> policy_touches(const Relation& table, const std::string& policy, How how) {
  return {touch_relation(How::kNeeds, table.name),
          {How::kNeeds, "row security", table.name, {}},
          {How::kChanges, "policies", table.name, {}},
          {how, "policy", table.name, policy}};
}

void append_policy_reads(std::vector<plan::Touch>& touches, std::vector<plan::LockClaim>& locks,
                         const catalog::Catalog& catalog, const Relation& table,
                         const std::optional<sql::Expr>& expression) {
  if (!expression) return;
  append_reads(touches, catalog, table, *expression);
  append_functions(touches, catalog, *expression);
  for (const catalog::QualifiedName& name : expression->relations) {
    if (const Relation* read = catalog.find(name)) {
      locks.push_back({read->name, catalog::LockMode::kAccessShare});
    }
  }
}

std::string drop_policy_sql(const Relation& table, const std::string& policy) {
  return fmt::format("DROP POLICY {} ON {}", sql::quote_identifier(policy), sql::quote(table.name));
}

}  // namespace lockstep::operations
