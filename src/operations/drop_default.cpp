#include "drop_default.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/defaults.h"
#include "support/list.h"
#include "support/yaml.h"

// Contract: the deployed application may leave the column to its default.

namespace lockstep::operations::drop_default {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropDefault final : public Operation {
 public:
  DropDefault(TableTarget table, std::string column, Origin origin)
      : Operation(std::move(origin)), table_(std::move(table)), column_(std::move(column)) {}

  std::string_view name() const noexcept override { return "drop_default"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(table_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (const Relation* table = judge_default(judge, table_, column_)) {
      judge.brief_lock(*table, LockMode::kAccessExclusive, "Only the catalog changes.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(table_.name);
    const Column* column = table ? table->column(column_) : nullptr;
    if (!column || !column->default_value) return {};
    const std::string alter = "ALTER COLUMN " + sql::quote_identifier(column_) + " ";
    std::vector<Step> steps;
    steps.push_back(Maker{*this, context}.transaction(
        natural_phase(*table, *column, context), fmt::format("drop the default of {}", column_),
        {alter_table(table->name, alter + "DROP DEFAULT")},
        family(context.catalog, *table, LockMode::kAccessExclusive),
        undo_exact({alter_table(table->name, alter + default_clause(*table, column_))}),
        {touch_column(plan::Touch::How::kChanges, table->name, column_)}));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(table_.name);
    const Column* column = table ? table->column(column_) : nullptr;
    if (!column) return;
    const Context context{catalog};
    if (phase == phase_of(*this, context, natural_phase(*table, *column, context))) {
      fold_default(catalog, *table, column_, std::nullopt);
    }
  }

  std::string describe() const override {
    return fmt::format("drop_default table={} column={}", shown(table_.name), column_);
  }

 private:
  Phase natural_phase(const Relation& table, const Column& column, const Context& context) const {
    // A new column that may be null is nothing the deployed application could miss a default of.
    const bool unnoticed =
        is_new(table, *this, context) || (column.added_by_plan && !column.not_null);
    return unnoticed ? Phase::kExpand : Phase::kContract;
  }

  TableTarget table_;
  std::string column_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropDefault& action,
                                         const Origin& origin) {
  return one(std::make_unique<DropDefault>(table, action.column, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_default", problems);
  TableTarget table = yaml_table(fields, problems);
  std::string column = yaml_identifier(fields, "column", problems);
  fields.finish();
  return one(std::make_unique<DropDefault>(std::move(table), std::move(column), origin));
}

}  // namespace lockstep::operations::drop_default
