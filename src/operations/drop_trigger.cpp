#include "drop_trigger.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/former.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/yaml.h"

namespace lockstep::operations::drop_trigger {

using catalog::LockMode;
using catalog::Relation;
using catalog::Trigger;
using core::Phase;
using plan::Step;

namespace {

class DropTrigger final : public Operation {
 public:
  DropTrigger(sql::Drop drop, Origin origin)
      : Operation(std::move(origin)), drop_(std::move(drop)) {}

  std::string_view name() const noexcept override { return "drop_trigger"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(*drop_.on_table);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    judge_cascade(judge, drop_.cascade, trigger_name());
    if (drop_.if_exists && !context.catalog.find(*drop_.on_table)) return judge.take();
    const Relation* table = judge.relation(*drop_.on_table);
    if (!table) return judge.take();
    if (!there(*table)) {
      if (!drop_.if_exists && !table->assumed) {
        judge.problem(fmt::format("{} has no trigger {}", shown(table->name), trigger_name()),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(*drop_.on_table);
    const Trigger* trigger = table ? there(*table) : nullptr;
    if (!trigger) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*table, *this, context);
    const bool restorable = !trigger->definition.empty() && trigger->enabled == 'O';
    Step step = make.transaction(
        fresh ? Phase::kExpand : Phase::kContract, fmt::format("drop trigger {}", trigger_name()),
        {fmt::format("DROP TRIGGER {} ON {}", sql::quote_identifier(trigger_name()),
                     sql::quote(table->name))},
        family(context.catalog, *table, LockMode::kAccessExclusive),
        restorable ? undo_exact({trigger->definition},
                                {former_comment("TRIGGER", table->name, trigger_name(),
                                                WithoutComment::kNothing)})
                   : undo_none(fmt::format("the definition of {}", trigger_name())),
        {touch_relation(plan::Touch::How::kNeeds, table->name),
         touch_trigger(plan::Touch::How::kDrops, table->name, trigger_name()),
         touch_triggers(plan::Touch::How::kChanges, table->name)});
    step.irreversible = !restorable;
    if (!fresh) step.note = "is contract because the deployed application may rely on what it does";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(*drop_.on_table);
    if (!table) return;
    remove(catalog, *table);
  }

  std::string describe() const override {
    return fmt::format("drop_trigger table={} name={}{}", shown(*drop_.on_table), trigger_name(),
                       drop_.if_exists ? " if_exists" : "");
  }

 private:
  void remove(catalog::Catalog& catalog, Relation& table) const {
    std::erase_if(table.triggers,
                  [&](const Trigger& trigger) { return trigger.name == trigger_name(); });
    if (table.kind != catalog::RelationKind::kPartitionedTable) return;
    for (const catalog::QualifiedName& child : table.partitions) {
      if (Relation* partition = catalog.find(child)) remove(catalog, *partition);
    }
  }

  const std::string& trigger_name() const { return drop_.names.front().name; }

  const Trigger* there(const Relation& table) const {
    const auto found =
        std::find_if(table.triggers.begin(), table.triggers.end(),
                     [&](const Trigger& trigger) { return trigger.name == trigger_name(); });
    return found == table.triggers.end() ? nullptr : &*found;
  }

  sql::Drop drop_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return each_name(statement, [&](sql::Drop drop) {
    return std::make_unique<DropTrigger>(std::move(drop), origin);
  });
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_trigger", problems);
  sql::Drop drop = yaml_drop(fields, "TRIGGER", problems);
  drop.on_table = yaml_name(fields, "table", problems);
  fields.finish();
  return one(std::make_unique<DropTrigger>(std::move(drop), origin));
}

}  // namespace lockstep::operations::drop_trigger
