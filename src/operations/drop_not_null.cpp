#include "drop_not_null.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/fold.h"
#include "support/list.h"
#include "support/yaml.h"

namespace lockstep::operations::drop_not_null {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropNotNull final : public Operation {
 public:
  DropNotNull(TableTarget table, std::string column, Origin origin)
      : Operation(std::move(origin)), table_(std::move(table)), column_(std::move(column)) {}

  std::string_view name() const noexcept override { return "drop_not_null"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(table_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(table_);
    if (!table) return judge.take();
    const std::optional<Column> column = judge.column(*table, column_);
    if (!column) return judge.take();
    const catalog::Constraint* primary = table->primary_key();
    if (primary && std::count(primary->columns.begin(), primary->columns.end(), column_) > 0) {
      judge.problem(fmt::format("column {}.{} is in the primary key", shown(table->name), column_));
    } else if (column->identity != catalog::Identity::kNone) {
      judge.problem(fmt::format("column {}.{} is an identity column", shown(table->name), column_));
    } else if (column->not_null || table->assumed) {
      judge.brief_lock(*table, LockMode::kAccessExclusive, "Only the catalog changes.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(table_.name);
    const Column* column = table ? table->column(column_) : nullptr;
    if (!table || (column && !column->not_null)) return {};
    const std::string alter = "ALTER COLUMN " + sql::quote_identifier(column_);
    std::vector<Step> steps;
    steps.push_back(Maker{*this, context}.transaction(
        Phase::kExpand, fmt::format("let {} be null", column_),
        {alter_table(table->name, alter + " DROP NOT NULL")},
        family(context.catalog, *table, LockMode::kAccessExclusive),
        undo_loses(fmt::format("rows whose {} is null by then must be filled first", column_),
                   {alter_table(table->name, alter + " SET NOT NULL")}),
        {touch_column(plan::Touch::How::kChanges, table->name, column_)}));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(table_.name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    fold_nullable(catalog, *table, column_);
  }

  std::string describe() const override {
    return fmt::format("drop_not_null table={} column={}", shown(table_.name), column_);
  }

 private:
  TableTarget table_;
  std::string column_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropNotNull& action,
                                         const Origin& origin) {
  return one(std::make_unique<DropNotNull>(table, action.column, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_not_null", problems);
  TableTarget table = yaml_table(fields, problems);
  std::string column = yaml_identifier(fields, "column", problems);
  fields.finish();
  return one(std::make_unique<DropNotNull>(std::move(table), std::move(column), origin));
}

}  // namespace lockstep::operations::drop_not_null
