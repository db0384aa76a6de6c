#include "set_default.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/altered_column.h"
#include "support/column_definition.h"
#include "support/default_literal.h"
#include "support/defaults.h"
#include "support/known_names.h"
#include "support/list.h"

namespace lockstep::operations::set_default {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class SetDefault final : public AlteredColumn {
 public:
  SetDefault(ColumnTarget target, sql::Expr value, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), value_(std::move(value)) {}

  std::string_view name() const noexcept override { return "set_default"; }

  void request(catalog::CatalogRequest& request) const override {
    AlteredColumn::request(request);
    request_expression(request, value_);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (!value_.columns.empty()) {
      judge.problem(fmt::format("a default cannot use columns, and this one names {}",
                                value_.columns.front()));
    } else if (const Relation* table = judge_default(judge, target(), column())) {
      judge_expression(judge, context.catalog, value_);
      if (const catalog::Column* altered = table->column(column())) {
        const bool is_array = altered->type.ends_with("[]");
        judge_default_literal(judge, context.catalog, column(),
                              {altered->type_name, is_array, altered->type}, value_);
      }
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "Only the catalog changes: rows that are there keep their values.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    std::vector<Step> steps;
    steps.push_back(step(context, *table, Phase::kExpand,
                         fmt::format("set the default of {}", column()),
                         "SET DEFAULT " + as_operand(value_.text),
                         undo_exact({alter(*table, default_clause(*table, column()))})));
    steps.back().touches.push_back(touch_defaults(plan::Touch::How::kChanges, table->name));
    append_functions(steps.back().touches, context.catalog, value_);
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    fold_default(catalog, *table, column(), value_.is_null ? std::nullopt : std::optional(value_));
  }

  std::string describe() const override {
    return fmt::format("set_default {} default={}", described(), value_.text);
  }

 private:
  sql::Expr value_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::SetDefault& action,
                                         const Origin& origin) {
  return one(
      std::make_unique<SetDefault>(ColumnTarget{table, action.column}, action.value, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_default", problems);
  ColumnTarget target = yaml_column_target(fields, problems);
  fields.required_text("default");
  sql::Expr value = yaml_expression(fields, "default", problems).value_or(sql::Expr{});
  fields.finish();
  return one(std::make_unique<SetDefault>(std::move(target), std::move(value), origin));
}

}  // namespace lockstep::operations::set_default
