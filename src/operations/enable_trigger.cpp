#include "enable_trigger.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alone.h"
#include "support/list.h"
#include "support/table_action.h"
#include "support/yaml.h"

namespace lockstep::operations::enable_trigger {

using catalog::LockMode;
using catalog::Relation;
using catalog::Trigger;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// "ENABLE ALWAYS TRIGGER t", by tgenabled.
std::string clause(char enabled, const std::string& trigger) {
  const std::string_view words = enabled == 'D'   ? "DISABLE"
                                 : enabled == 'A' ? "ENABLE ALWAYS"
                                 : enabled == 'R' ? "ENABLE REPLICA"
                                                  : "ENABLE";
  return fmt::format("{} TRIGGER {}", words, sql::quote_identifier(trigger));
}

class EnableTrigger final : public TableAction {
 public:
  EnableTrigger(TableTarget table, sql::TriggerState action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "enable_trigger"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    if (action_.of != sql::TriggerState::Of::kOne) {
      judge_all(judge, *table);
      return judge.take();
    }
    if (!there(*table) && !table->assumed) {
      judge.problem(fmt::format("{} has no trigger {}", shown(table->name), action_.trigger),
                    "Check the name, and that an earlier statement creates it.");
      return judge.take();
    }
    if (const Trigger* trigger = there(*table); trigger && trigger->enabled == action_.enabled) {
      return judge.take();
    }
    judge.brief_lock(*table, LockMode::kShareRowExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Trigger* trigger = table ? there(*table) : nullptr;
    if (!trigger || trigger->enabled == action_.enabled) return {};
    const Maker make{*this, context};
    const Phase natural = phase(*table, context);
    Step step = make.transaction(
        natural,
        fmt::format("{} trigger {}{}", disables() ? "disable" : "enable", trigger->name, how()),
        {alter_table(table->name, clause(action_.enabled, trigger->name))},
        locks(context.catalog, *table, *trigger),
        undo_exact({alter_table(table->name, clause(trigger->enabled, trigger->name))}),
        {touch_relation(How::kNeeds, table->name),
         touch_trigger(How::kChanges, table->name, trigger->name),
         touch_triggers(How::kChanges, table->name)});
    if (natural == Phase::kContract)
      step.note = "is contract because the deployed application may rely on what it does";
    std::vector<Step> steps;
    if (!goes_down(*table, *trigger)) step = alone(std::move(step), *table);
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table) return;
    const Context context{catalog};
    if (phase == phase_of(*this, context, this->phase(*table, context))) set(catalog, *table);
  }

  std::string describe() const override {
    return fmt::format("enable_trigger table={} {}", shown(target().name),
                       clause(action_.enabled, action_.trigger));
  }

 private:
  bool disables() const { return action_.enabled == 'D'; }

  /// By session_replication_role.
  std::string_view how() const {
    return action_.enabled == 'A' ? ", always" : action_.enabled == 'R' ? ", on replicas only" : "";
  }

  Phase phase(const Relation& table, const Context& context) const {
    return disables() && !is_new(table, *this, context) ? Phase::kContract : Phase::kExpand;
  }

  const Trigger* there(const Relation& table) const {
    const auto found =
        std::find_if(table.triggers.begin(), table.triggers.end(),
                     [&](const Trigger& trigger) { return trigger.name == action_.trigger; });
    return found == table.triggers.end() ? nullptr : &*found;
  }

  /// Row triggers of a partitioned table have clones in the partitions, which go along.
  static bool goes_down(const Relation& table, const Trigger& trigger) {
    return trigger.row_level && table.kind == catalog::RelationKind::kPartitionedTable;
  }

  static std::vector<plan::LockClaim> locks(const catalog::Catalog& catalog, const Relation& table,
                                            const Trigger& trigger) {
    if (goes_down(table, trigger)) return family(catalog, table, LockMode::kShareRowExclusive);
    return {{table.name, LockMode::kShareRowExclusive}};
  }

  void set(catalog::Catalog& catalog, Relation& table) const {
    bool down = false;
    for (Trigger& trigger : table.triggers) {
      if (trigger.name != action_.trigger) continue;
      trigger.enabled = action_.enabled;
      down = goes_down(table, trigger);
    }
    if (!down) return;
    for (const catalog::QualifiedName& child : table.partitions) {
      if (Relation* partition = catalog.find(child)) set(catalog, *partition);
    }
  }

  void judge_all(Judge& judge, const Relation& table) const {
    const bool system = action_.of == sql::TriggerState::Of::kAll;
    std::vector<std::string> clauses;
    for (const Trigger& trigger : table.triggers) {
      clauses.push_back(clause(action_.enabled, trigger.name));
    }
    judge.refuse(
        "all-triggers",
        system && disables()
            ? fmt::format("Nobody enforces the foreign keys of {}, in both directions, while all "
                          "its triggers are off, and no later step finds what was let in.",
                          shown(table.name))
            : fmt::format("What it changes is what {} has by then, in each tenant what that has.",
                          shown(table.name)),
        clauses.empty() ? "Name the trigger."
                        : fmt::format("Name the triggers. Write ALTER TABLE {} {};",
                                      sql::quote(target().name), fmt::join(clauses, ", ")));
  }

  sql::TriggerState action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::TriggerState& action,
                                         const Origin& origin) {
  return one(std::make_unique<EnableTrigger>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation enable_trigger", problems);
  const TableTarget table = yaml_table(fields, problems);
  sql::TriggerState action;
  action.trigger = yaml_identifier(fields, "name", problems);
  const std::string fires = fields.text("fires").value_or("origin");
  if (fires == "always") action.enabled = 'A';
  if (fires == "replica") action.enabled = 'R';
  if (fires == "never") action.enabled = 'D';
  if (action.enabled == 'O' && fires != "origin") {
    fields.problem("fires", "fires must be origin, always, replica or never");
  }
  fields.finish();
  return from_statement(table, action, origin);
}

}  // namespace lockstep::operations::enable_trigger
