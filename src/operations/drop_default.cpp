#include "drop_default.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/altered_column.h"
#include "support/defaults.h"
#include "support/list.h"

// Contract: the deployed application may leave the column to its default.

namespace lockstep::operations::drop_default {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropDefault final : public AlteredColumn {
 public:
  using AlteredColumn::AlteredColumn;

  std::string_view name() const noexcept override { return "drop_default"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (const Relation* table = judge_default(judge, target(), column())) {
      judge.brief_lock(*table, LockMode::kAccessExclusive, "Only the catalog changes.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Column* dropped = find(context.catalog);
    if (!dropped || !dropped->default_value) return {};
    const Relation& table = *context.catalog.find(target().name);
    std::vector<Step> steps;
    steps.push_back(step(context, table, natural_phase(table, *dropped, context),
                         fmt::format("drop the default of {}", column()), "DROP DEFAULT",
                         undo_exact({alter(table, default_clause(table, column()))})));
    steps.back().touches.push_back(touch_defaults(plan::Touch::How::kChanges, table.name));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    const Column* dropped = find(catalog);
    if (!dropped) return;
    Relation& table = *catalog.find(target().name);
    const Context context{catalog};
    if (phase == phase_of(*this, context, natural_phase(table, *dropped, context))) {
      fold_default(catalog, table, column(), std::nullopt);
    }
  }

  std::string describe() const override { return "drop_default " + described(); }

 private:
  Phase natural_phase(const Relation& table, const Column& dropped, const Context& context) const {
    // A new column that may be null is nothing the deployed application could miss a default of.
    const bool unnoticed =
        is_new(table, *this, context) || (dropped.added_by_plan && !dropped.not_null);
    return unnoticed ? Phase::kExpand : Phase::kContract;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropDefault& action,
                                         const Origin& origin) {
  return one(std::make_unique<DropDefault>(ColumnTarget{table, action.column}, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_default", problems);
  ColumnTarget target = yaml_column_target(fields, problems);
  fields.finish();
  return one(std::make_unique<DropDefault>(std::move(target), origin));
}

}  // namespace lockstep::operations::drop_default
