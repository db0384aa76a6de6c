#include "drop_expression.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/dropped_property.h"

namespace lockstep::operations::drop_expression {

using catalog::Column;
using catalog::Generated;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropExpression final : public DroppedProperty {
 public:
  using DroppedProperty::DroppedProperty;

  std::string_view name() const noexcept override { return "drop_expression"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto found = judge_there(
        judge, [](const Column& column) { return column.generated != Generated::kNone; },
        "generated column");
    if (!found) return judge.take();
    if (found->column.generated == Generated::kVirtual) {
      judge.problem(fmt::format("{}.{} is virtual: it has no values to keep",
                                shown(found->table.name), column()),
                    "Drop the column, and add another one.");
      return judge.take();
    }
    judge.report(
        {.id = "drop-expression",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("New rows have no {} unless the application writes it.", column()),
         .remedy = "It happens in contract, after the deploy."});
    judge.brief_lock(found->table, LockMode::kAccessExclusive, "The values stay; no row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Column* altered = find(context.catalog);
    if (!table || !altered || altered->generated != Generated::kStored) return {};
    const Phase phase = natural(*table, context);
    Step made = step(context, *table, phase, fmt::format("compute {} no more", column()),
                     "DROP EXPRESSION", undo_none(fmt::format("that {} is computed", column())));
    made.irreversible = true;
    if (phase == Phase::kContract)
      made.note = "is contract because the deployed application does not write it";
    std::vector<Step> steps;
    steps.push_back(std::move(made));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (table && is_phase(catalog, *table, phase)) clear(catalog, *table);
  }

 private:
  void clear(catalog::Catalog& catalog, Relation& table) const {
    Column* altered = table.column(column());
    if (!altered || altered->generated == Generated::kNone) return;
    altered->generated = Generated::kNone;
    altered->default_value.reset();
    std::erase_if(table.dependants, [&](const catalog::Dependant& dependant) {
      return dependant.kind == "generated column" && dependant.name.name == column();
    });
    for (const catalog::QualifiedName& child : table.partitions) {
      if (Relation* part = catalog.find(child)) clear(catalog, *part);
    }
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::DropExpression& action, const Origin& origin) {
  return drop_property<DropExpression>(table, action, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_expression", problems);
  return drop_property_from_yaml<DropExpression>(fields, origin, problems);
}

}  // namespace lockstep::operations::drop_expression
