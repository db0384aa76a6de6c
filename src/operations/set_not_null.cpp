#include "set_not_null.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/not_null.h"
#include "support/altered_column.h"
#include "support/fold.h"
#include "support/list.h"

namespace lockstep::operations::set_not_null {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class SetNotNull final : public AlteredColumn {
 public:
  SetNotNull(ColumnTarget target, std::optional<sql::Expr> backfill, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), backfill_(std::move(backfill)) {}

  std::string_view name() const noexcept override { return "set_not_null"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const std::optional<Column> altered = judge.column(*table, column());
    if (!altered || altered->not_null || is_new(*table, *this, context)) return judge.take();
    if (proven_not_null(*table, column())) {
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "A valid CHECK proves that there is no NULL, so nothing is read.");
      return judge.take();
    }
    judge.report(
        {.id = "set-not-null-scan",
         .effect =
             fmt::format("Reads all of {} for a NULL in {} while nobody can read or write it, "
                         "and fails at the first one.",
                         shown(table->name), column()),
         .remedy =
             "Staged: a CHECK that is not valid yet keeps NULLs out, is validated while everybody "
             "goes on, and then proves the NOT NULL without reading the table.",
         .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Column* altered = find(context.catalog);
    if (altered && altered->not_null) return {};
    const Maker make{*this, context};
    const Phase phase = natural_phase(*table, altered, context);
    std::vector<Step> steps;
    if (is_new(*table, *this, context) || proven_not_null(*table, column())) {
      steps.push_back(set_not_null_step(make, *table, column(), phase));
      steps.back().scan = !proven_not_null(*table, column());
      return steps;
    }
    NotNullSequence sequence{*table, column(), phase, std::nullopt, {}};
    if (backfill_) {
      sequence.fill = backfill_->text;
      sequence.reads = backfill_->columns;
    }
    steps = not_null_steps(make, sequence);
    attach_direct(steps, 0, steps.size() - 1, not_null_plainly(sequence),
                  family(context.catalog, *table, LockMode::kAccessExclusive), table->name,
                  context);
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    const Column* altered = find(catalog);
    if (!altered) return;
    Relation& table = *catalog.find(target().name);
    const Context context{catalog};
    if (phase == phase_of(*this, context, natural_phase(table, altered, context))) {
      fold_not_null(catalog, table, column());
    }
  }

  std::string describe() const override {
    return fmt::format("set_not_null {}{}", described(),
                       backfill_ ? " backfill=" + backfill_->text : "");
  }

 private:
  /// The deployed application cannot insert a NULL into a column that it doesn't know and that has
  /// a default.
  Phase natural_phase(const Relation& table, const Column* altered, const Context& context) const {
    if (is_new(table, *this, context)) return Phase::kExpand;
    const bool unknown_to_application = altered && altered->added_by_plan &&
                                        altered->default_value && !altered->default_value->is_null;
    return unknown_to_application ? Phase::kExpand : Phase::kContract;
  }

  std::optional<sql::Expr> backfill_;  ///< for rows where the column is NULL; YAML only
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::SetNotNull& action,
                                         const Origin& origin) {
  return one(
      std::make_unique<SetNotNull>(ColumnTarget{table, action.column}, std::nullopt, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_not_null", problems);
  ColumnTarget target = yaml_column_target(fields, problems);
  std::optional<sql::Expr> backfill = yaml_expression(fields, "backfill", problems);
  fields.finish();
  return one(std::make_unique<SetNotNull>(std::move(target), std::move(backfill), origin));
}

}  // namespace lockstep::operations::set_not_null
