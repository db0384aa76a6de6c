#include "set_default.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/column_definition.h"
#include "support/defaults.h"
#include "support/list.h"
#include "support/requests.h"
#include "support/yaml.h"

namespace lockstep::operations::set_default {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class SetDefault final : public Operation {
 public:
  SetDefault(TableTarget table, std::string column, sql::Expr value, Origin origin)
      : Operation(std::move(origin)),
        table_(std::move(table)),
        column_(std::move(column)),
        value_(std::move(value)) {}

  std::string_view name() const noexcept override { return "set_default"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(table_.name);
    request_functions(request, value_);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (!value_.columns.empty()) {
      judge.problem(fmt::format("a default cannot use columns, and this one names {}",
                                value_.columns.front()));
    } else if (const Relation* table = judge_default(judge, table_, column_)) {
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "Only the catalog changes: rows that are there keep their values.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(table_.name);
    if (!table) return {};
    const std::string alter = "ALTER COLUMN " + sql::quote_identifier(column_) + " ";
    std::vector<plan::Touch> touches{
        touch_column(plan::Touch::How::kChanges, table->name, column_)};
    append_functions(touches, context.catalog, value_);
    std::vector<Step> steps;
    steps.push_back(Maker{*this, context}.transaction(
        Phase::kExpand, fmt::format("set the default of {}", column_),
        {alter_table(table->name, alter + "SET DEFAULT " + as_operand(value_.text))},
        family(context.catalog, *table, LockMode::kAccessExclusive),
        undo_exact({alter_table(table->name, alter + default_clause(*table, column_))}),
        std::move(touches)));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(table_.name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    fold_default(catalog, *table, column_, value_.is_null ? std::nullopt : std::optional(value_));
  }

  std::string describe() const override {
    return fmt::format("set_default table={} column={} default={}", shown(table_.name), column_,
                       value_.text);
  }

 private:
  TableTarget table_;
  std::string column_;
  sql::Expr value_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::SetDefault& action,
                                         const Origin& origin) {
  return one(std::make_unique<SetDefault>(table, action.column, action.value, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_default", problems);
  TableTarget table = yaml_table(fields, problems);
  std::string column = yaml_identifier(fields, "column", problems);
  fields.required_text("default");
  sql::Expr value = yaml_expression(fields, "default", problems).value_or(sql::Expr{});
  fields.finish();
  return one(
      std::make_unique<SetDefault>(std::move(table), std::move(column), std::move(value), origin));
}

}  // namespace lockstep::operations::set_default
