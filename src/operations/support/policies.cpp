#include "support/policies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "support/alone.h"
#include "support/dml.h"
#include "support/former.h"

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

void judge_other_rows(Judge& judge, const Relation& table) {
  judge_seen_rows(judge, fmt::format("Queries see, and may write, other rows of {} than before.",
                                     shown(table.name)));
}

void judge_hidden_rows(Judge& judge, const Relation& table, const std::string& why,
                       const std::string& remedy) {
  judge.refuse("row-security-hides-rows",
               fmt::format("{} From that instant on nobody sees or writes a row of {}, but for its "
                           "owner and roles that row security does not bind.",
                           why, shown(table.name)),
               remedy);
}

std::vector<plan::Touch> policy_touches(const Relation& table, const std::string& policy, How how) {
  return {touch_relation(How::kNeeds, table.name),
          {How::kNeeds, "row security", table.name, {}},
          {How::kChanges, "policies", table.name, {}},
          {how, "policy", table.name, policy}};
}

void request_policy(catalog::CatalogRequest& request, const PolicyParts& parts) {
  request.relations.insert(parts.table);
  for (const auto* expression : {&parts.using_expression, &parts.check}) {
    if (!*expression) continue;
    request.relations.insert((*expression)->relations.begin(), (*expression)->relations.end());
    request.functions.insert((*expression)->functions.begin(), (*expression)->functions.end());
  }
}

std::set<std::string> policy_columns(const Relation& table, const PolicyParts& parts) {
  std::set<std::string> columns;
  for (const auto* expression : {&parts.using_expression, &parts.check}) {
    if (!*expression) continue;
    for (const std::string& column : (*expression)->columns) {
      if (table.column(column)) columns.insert(column);
    }
  }
  return columns;
}

plan::Step policy_step(const Maker& make, const Relation& table, const PolicyParts& parts,
                       core::Phase natural, std::string title, std::vector<std::string> sql,
                       plan::Undo undo, How how) {
  const catalog::Catalog& catalog = make.context.catalog;
  std::vector<plan::LockClaim> locks{{table.name, catalog::LockMode::kAccessExclusive}};
  std::vector<plan::Touch> touches = policy_touches(table, parts.name, how);
  for (const auto* expression : {&parts.using_expression, &parts.check}) {
    if (!*expression) continue;
    append_reads(touches, catalog, table, **expression);
    append_functions(touches, catalog, **expression);
    for (const catalog::QualifiedName& name : (*expression)->relations) {
      if (const Relation* read = catalog.find(name)) {
        locks.push_back({read->name, catalog::LockMode::kAccessShare});
      }
    }
  }
  plan::Step step = make.transaction(natural, std::move(title), std::move(sql), locks,
                                     std::move(undo), std::move(touches));
  if (natural == core::Phase::kContract) step.note = kPolicyNote;
  return alone(std::move(step), table);
}

plan::Undo undo_policy(const Relation& table, const std::string& policy) {
  const Dependant* old = find_policy(table, policy);
  if (!old || old->definition.empty()) return undo_none("the former policy " + policy);
  return undo_exact({drop_policy_sql(table, policy), old->definition},
                    {former_comment("POLICY", table.name, policy, WithoutComment::kNothing)});
}

std::string yaml_policy_clauses(text::Fields& fields) {
  const std::vector<std::string> roles = fields.texts("to");
  const std::optional<std::string> condition = fields.text("using");
  const std::optional<std::string> check = fields.text("with_check");
  return fmt::format("{}{}{}", roles.empty() ? "" : fmt::format(" TO {}", fmt::join(roles, ", ")),
                     condition ? fmt::format(" USING ({})", *condition) : "",
                     check ? fmt::format(" WITH CHECK ({})", *check) : "");
}

std::string drop_policy_sql(const Relation& table, const std::string& policy) {
  return fmt::format("DROP POLICY {} ON {}", sql::quote_identifier(policy), sql::quote(table.name));
}

}  // namespace lockstep::operations
