#include "drop_not_null.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/altered_column.h"
#include "support/fold.h"
#include "support/list.h"

namespace lockstep::operations::drop_not_null {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropNotNull final : public AlteredColumn {
 public:
  using AlteredColumn::AlteredColumn;

  std::string_view name() const noexcept override { return "drop_not_null"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const std::optional<Column> altered = judge.column(*table, column());
    if (!altered) return judge.take();
    const catalog::Constraint* primary = table->primary_key();
    if (primary && std::count(primary->columns.begin(), primary->columns.end(), column()) > 0) {
      judge.problem(
          fmt::format("column {}.{} is in the primary key", shown(table->name), column()));
    } else if (altered->identity != catalog::Identity::kNone) {
      judge.problem(
          fmt::format("column {}.{} is an identity column", shown(table->name), column()));
    } else if (altered->not_null || table->assumed) {
      judge.brief_lock(*table, LockMode::kAccessExclusive, "Only the catalog changes.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Column* altered = find(context.catalog);
    if (!table || (altered && !altered->not_null)) return {};
    std::vector<Step> steps;
    steps.push_back(step(
        context, *table, Phase::kExpand, fmt::format("let {} be null", column()), "DROP NOT NULL",
        undo_loses(fmt::format("rows whose {} is null by then must be filled first", column()),
                   {alter(*table, "SET NOT NULL")})));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    fold_nullable(catalog, *table, column());
  }

  std::string describe() const override { return "drop_not_null " + described(); }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropNotNull& action,
                                         const Origin& origin) {
  return one(std::make_unique<DropNotNull>(ColumnTarget{table, action.column}, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_not_null", problems);
  ColumnTarget target = yaml_column_target(fields, problems);
  fields.finish();
  return one(std::make_unique<DropNotNull>(std::move(target), origin));
}

}  // namespace lockstep::operations::drop_not_null
