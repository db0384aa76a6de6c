#include "drop_view.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dropped_object.h"
#include "support/fold.h"

namespace lockstep::operations::drop_view {

using catalog::LockMode;
using catalog::Relation;
using catalog::RelationKind;
using core::Phase;
using plan::Step;

namespace {

class DropView final : public DroppedObject {
 public:
  using DroppedObject::DroppedObject;

  std::string_view name() const noexcept override { return "drop_view"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* view = judge_relation(judge, context);
    if (!view) return judge.take();
    if (view->kind != wanted_kind() && !view->assumed) {
      judge.problem(fmt::format("{} is a {}", shown(view->name), to_string(view->kind)),
                    fmt::format("Write DROP {}.", view->kind == RelationKind::kMaterializedView
                                                      ? "MATERIALIZED VIEW"
                                                  : view->kind == RelationKind::kView ? "VIEW"
                                                                                      : "TABLE"));
      return judge.take();
    }
    std::vector<std::string> names;
    for (const catalog::Dependant& dependant : view->dependants)
      names.push_back(shown(dependant.name));
    if (!names.empty()) {
      judge.refuse("view-is-used",
                   fmt::format("{} is read by {}.", shown(view->name), fmt::join(names, ", ")),
                   "Drop or replace these first, in statements before this one.");
      return judge.take();
    }
    judge.brief_lock(*view, LockMode::kAccessExclusive,
                     "It happens in contract, when the deployed application no longer reads it.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* view = context.catalog.find(target());
    if (!view) return {};
    const Maker make{*this, context};
    const bool ours = !view->created_by.empty() && view->created_by == origin().migration;
    Step step = make.transaction(
        ours ? Phase::kExpand : Phase::kContract, fmt::format("drop view {}", shown(view->name)),
        {fmt::format("DROP {} {}", drop().object_type, sql::quote(view->name))},
        {{view->name, LockMode::kAccessExclusive}}, undo(*view),
        {touch_relation(plan::Touch::How::kDrops, view->name)});
    step.irreversible = step.undo.gives == plan::UndoGives::kNone;
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    const Relation* view = catalog.find(target());
    if (!view || view->is_table()) return;
    const catalog::QualifiedName name = view->name;
    for (auto& [key, relation] : catalog.relations) {
      std::erase_if(relation.dependants,
                    [&](const catalog::Dependant& each) { return each.name == name; });
    }
    fold_drop_relation(catalog, name);
  }

  std::string describe() const override {
    const bool materialized = wanted_kind() == RelationKind::kMaterializedView;
    return fmt::format("drop_view {}{}", described(), materialized ? " materialized" : "");
  }

 private:
  RelationKind wanted_kind() const {
    return drop().object_type == "MATERIALIZED VIEW" ? RelationKind::kMaterializedView
                                                     : RelationKind::kView;
  }

  plan::Undo undo(const Relation& view) const {
    if (view.kind != RelationKind::kView || view.view_definition.empty()) {
      return undo_none(fmt::format("view {}", shown(view.name)));
    }
    const std::string create = create_view_again(view);
    if (view.privileges.empty()) return undo_exact({create});
    return {plan::UndoGives::kStructureOnly,
            {create},
            false,
            fmt::format("the privileges on {}", shown(view.name))};
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return drop_each<DropView>(statement, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_view", problems);
  const bool materialized = fields.boolean("materialized").value_or(false);
  return drop_from_yaml<DropView>(fields, materialized ? "MATERIALIZED VIEW" : "VIEW", origin,
                                  problems);
}

}  // namespace lockstep::operations::drop_view
