#include "set_row_security.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/alone.h"
#include "support/list.h"
#include "support/policies.h"
#include "support/table_action.h"
#include "support/yaml.h"

// Contract: the deployed application was written for the rows that it sees now. Policies come
// before, in expand, so that no row is hidden that a policy shows.

namespace lockstep::operations::set_row_security {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class SetRowSecurity final : public TableAction {
 public:
  SetRowSecurity(TableTarget table, sql::RowSecurity action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(action) {}

  std::string_view name() const noexcept override { return "set_row_security"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table || is_new(*table, *this, context)) return judge.take();
    if (action_.enabled == true && !has_policies(*table) && !table->assumed) {
      judge_hidden_rows(judge, *table, "There is no policy yet.",
                        "Create the policies first, in statements before this one.");
    }
    judge_seen_rows(judge, effect(*table));
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table || is_so(*table)) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*table, *this, context);
    Step step = make.transaction(fresh ? Phase::kExpand : Phase::kContract,
                                 fmt::format("{} of {}", title(), shown(table->name)),
                                 {alter_table(table->name, clause(action_))},
                                 {{table->name, LockMode::kAccessExclusive}},
                                 undo_exact({alter_table(table->name, clause(opposite()))}),
                                 {touch_relation(How::kNeeds, table->name),
                                  {How::kChanges, "row security", table->name, {}},
                                  {How::kNeeds, "policies", table->name, {}}});
    if (!fresh) step.note = kPolicyNote;
    std::vector<Step> steps;
    steps.push_back(alone(std::move(step), *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table) return;
    const Context context{catalog};
    const Phase natural = is_new(*table, *this, context) ? Phase::kExpand : Phase::kContract;
    if (phase != phase_of(*this, context, natural)) return;
    table->row_security = action_.enabled.value_or(table->row_security);
    table->force_row_security = action_.forced.value_or(table->force_row_security);
  }

  std::string describe() const override {
    return fmt::format("set_row_security table={} {}", shown(target().name), clause(action_));
  }

 private:
  static std::string clause(const sql::RowSecurity& action) {
    const std::string_view word = action.enabled ? (*action.enabled ? "ENABLE" : "DISABLE")
                                                 : (*action.forced ? "FORCE" : "NO FORCE");
    return fmt::format("{} ROW LEVEL SECURITY", word);
  }

  std::string_view title() const {
    if (action_.enabled) return *action_.enabled ? "enable row security" : "disable row security";
    return *action_.forced ? "force row security on the owner"
                           : "no more force row security on the owner";
  }

  sql::RowSecurity opposite() const {
    sql::RowSecurity opposite;
    if (action_.enabled) opposite.enabled = !*action_.enabled;
    if (action_.forced) opposite.forced = !*action_.forced;
    return opposite;
  }

  bool is_so(const Relation& table) const {
    return action_.enabled.value_or(table.row_security) == table.row_security &&
           action_.forced.value_or(table.force_row_security) == table.force_row_security;
  }

  std::string effect(const Relation& table) const {
    const std::string name = shown(table.name);
    if (action_.enabled == true)
      return fmt::format("Queries see and write only the rows of {} that a policy lets through.",
                         name);
    if (action_.enabled == false) return fmt::format("Queries see and write all rows of {}.", name);
    if (action_.forced == true) return fmt::format("The owner of {} is bound by policies.", name);
    return fmt::format("The owner of {} sees all its rows.", name);
  }

  sql::RowSecurity action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::RowSecurity& action,
                                         const Origin& origin) {
  return one(std::make_unique<SetRowSecurity>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_row_security", problems);
  const TableTarget table = yaml_table(fields, problems);
  const std::optional<bool> enabled = fields.boolean("enabled");
  const std::optional<bool> forced = fields.boolean("forced");
  fields.finish();
  std::vector<OperationPtr> operations;
  if (enabled) append(operations, from_statement(table, {enabled, std::nullopt}, origin));
  if (forced) append(operations, from_statement(table, {std::nullopt, forced}, origin));
  if (operations.empty()) {
    problems.push_back(
        {parameters.where(), "operation set_row_security needs enabled or forced", {}});
  }
  return operations;
}

}  // namespace lockstep::operations::set_row_security
