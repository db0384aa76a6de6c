#include "drop_expression.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/altered_column.h"
#include "support/list.h"

namespace lockstep::operations::drop_expression {

using catalog::Column;
using catalog::Generated;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropExpression final : public AlteredColumn {
 public:
  DropExpression(ColumnTarget target, bool if_exists, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), if_exists_(if_exists) {}

  std::string_view name() const noexcept override { return "drop_expression"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const std::optional<Column> altered = judge.column(*table, column());
    if (!altered) return judge.take();
    if (altered->generated == Generated::kNone && !table->assumed) {
      if (!if_exists_) {
        judge.problem(fmt::format("{}.{} is no generated column", shown(table->name), column()),
                      "Check the name, or write IF EXISTS if it may be none.");
      }
      return judge.take();
    }
    if (altered->generated == Generated::kVirtual) {
      judge.problem(
          fmt::format("{}.{} is virtual: it has no values to keep", shown(table->name), column()),
          "Drop the column, and add another one.");
      return judge.take();
    }
    judge.report(
        {.id = "drop-expression",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("New rows have no {} unless the application writes it.", column()),
         .remedy = "It happens in contract, after the deploy."});
    judge.brief_lock(*table, LockMode::kAccessExclusive, "The values stay; no row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Column* altered = find(context.catalog);
    if (!table || !altered || altered->generated != Generated::kStored) return {};
    Step made =
        step(context, *table, phase(*table, context), fmt::format("compute {} no more", column()),
             "DROP EXPRESSION", undo_none(fmt::format("that {} is computed", column())));
    made.irreversible = true;
    if (made.phase == Phase::kContract)
      made.note = "is contract because the deployed application does not write it";
    std::vector<Step> steps;
    steps.push_back(std::move(made));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table) return;
    const Context context{catalog};
    if (phase == phase_of(*this, context, this->phase(*table, context))) clear(catalog, *table);
  }

  std::string describe() const override {
    return fmt::format("drop_expression {}{}", described(), if_exists_ ? " if_exists" : "");
  }

 private:
  Phase phase(const Relation& table, const Context& context) const {
    return is_new(table, *this, context) ? Phase::kExpand : Phase::kContract;
  }

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

  bool if_exists_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::DropExpression& action, const Origin& origin) {
  return one(std::make_unique<DropExpression>(ColumnTarget{table, action.column}, action.if_exists,
                                              origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_expression", problems);
  const ColumnTarget target = yaml_column_target(fields, problems);
  fields.finish();
  return from_statement(target.table, {target.column, false}, origin);
}

}  // namespace lockstep::operations::drop_expression
