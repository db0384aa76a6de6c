#include "set_not_null.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/not_null.h"
#include "sequences/steps.h"
#include "support/fold.h"
#include "support/list.h"
#include "support/yaml.h"

namespace lockstep::operations::set_not_null {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

struct Parameters {
  TableTarget table;
  std::string column;
  std::optional<sql::Expr> backfill;  ///< for rows where the column is NULL; YAML only
};

class SetNotNull final : public Operation {
 public:
  SetNotNull(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return "set_not_null"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(parameters_.table.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(parameters_.table);
    if (!table) return judge.take();
    const std::optional<Column> column = judge.column(*table, parameters_.column);
    if (!column || column->not_null || is_new(*table, *this, context)) return judge.take();
    if (proven_not_null(*table, parameters_.column)) {
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "A valid CHECK proves that there is no NULL, so nothing is read.");
      return judge.take();
    }
    judge.report(
        {.id = "set-not-null-scan",
         .effect =
             fmt::format("Reads all of {} for a NULL in {} while nobody can read or write it, "
                         "and fails at the first one.",
                         shown(table->name), parameters_.column),
         .remedy =
             "Staged: a CHECK that is not valid yet keeps NULLs out, is validated while everybody "
             "goes on, and then proves the NOT NULL without reading the table.",
         .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(parameters_.table.name);
    if (!table) return {};
    const Column* column = table->column(parameters_.column);
    if (column && column->not_null) return {};
    const Maker make{*this, context};
    const Phase phase = natural_phase(*table, column, context);
    std::vector<Step> steps;
    if (is_new(*table, *this, context) || proven_not_null(*table, parameters_.column)) {
      steps.push_back(set_not_null_step(make, *table, parameters_.column, phase));
      steps.back().scan = !proven_not_null(*table, parameters_.column);
      return steps;
    }
    NotNullSequence sequence{*table, parameters_.column, phase, std::nullopt, {}};
    if (parameters_.backfill) {
      sequence.fill = parameters_.backfill->text;
      sequence.reads = parameters_.backfill->columns;
    }
    steps = not_null_steps(make, sequence);
    attach_direct(steps, 0, steps.size() - 1, not_null_plainly(sequence),
                  family(context.catalog, *table, LockMode::kAccessExclusive), table->name,
                  context);
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(parameters_.table.name);
    const Column* column = table ? table->column(parameters_.column) : nullptr;
    if (!column) return;
    const Context context{catalog};
    if (phase == phase_of(*this, context, natural_phase(*table, column, context))) {
      fold_not_null(catalog, *table, parameters_.column);
    }
  }

  std::string describe() const override {
    return fmt::format("set_not_null table={} column={}{}", shown(parameters_.table.name),
                       parameters_.column,
                       parameters_.backfill ? " backfill=" + parameters_.backfill->text : "");
  }

 private:
  /// The deployed application cannot insert a NULL into a column that it doesn't know and that has
  /// a default.
  Phase natural_phase(const Relation& table, const Column* column, const Context& context) const {
    if (is_new(table, *this, context)) return Phase::kExpand;
    const bool unknown_to_application =
        column && column->added_by_plan && column->default_value && !column->default_value->is_null;
    return unknown_to_application ? Phase::kExpand : Phase::kContract;
  }

  Parameters parameters_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::SetNotNull& action,
                                         const Origin& origin) {
  return one(std::make_unique<SetNotNull>(Parameters{table, action.column, std::nullopt}, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_not_null", problems);
  Parameters read;
  read.table = yaml_table(fields, problems);
  read.column = yaml_identifier(fields, "column", problems);
  read.backfill = yaml_expression(fields, "backfill", problems);
  fields.finish();
  return one(std::make_unique<SetNotNull>(std::move(read), origin));
}

}  // namespace lockstep::operations::set_not_null
