#include "sequences/type_swap.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"
#include "sequences/swap_transaction.h"
#include "sequences/sync_trigger.h"
#include "support/dml.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool is_integer(std::string_view type) {
  return type == "smallint" || type == "integer" || type == "bigint";
}

class Sequence {
 public:
  Sequence(const Maker& make, const TypeSwap& swap)
      : make_(make),
        swap_(swap),
        replacement_(type_replacement(make.operation, swap.table, swap.column, swap.lossless)),
        fresh_(replacement_.fresh),
        quoted_fresh_(sql::quote_identifier(fresh_)) {}

  std::vector<Step> steps() {
    const ColumnCopies copies = copies_for(make_, replacement_);
    add_column();
    steps_.push_back(create_sync_trigger_step(make_, Phase::kExpand, trigger()));
    fill();
    check_converted();
    append(copy_steps(make_, replacement_, copies, phases()));
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Step& a, const Step& b) { return a.phase < b.phase; });
    swap(copies);
    drop_old();
    return std::move(steps_);
  }

 private:
  const Relation& table() const { return swap_.table; }
  const std::string& old_name() const { return swap_.column.name; }
  std::vector<plan::LockClaim> locks(LockMode mode) const {
    return family(make_.context.catalog, table(), mode);
  }
  void append(std::vector<Step> more) {
    for (Step& step : more) steps_.push_back(std::move(step));
  }

  /// A second unique index makes ON CONFLICT of the deployed application fail where two sessions
  /// insert the same key: it is there as shortly as can be.
  CopyPhases phases() const {
    CopyPhases phases;
    if (swap_.lossless) phases.keys = Phase::kExpand;
    if (swap_.lossless && swap_.likeness != Likeness::kOther) phases.checks = Phase::kExpand;
    return phases;
  }

  /// The columns that the conversion reads.
  std::vector<std::string> reads() const {
    return swap_.expression ? swap_.expression->columns : std::vector<std::string>{old_name()};
  }
  std::string value() const {
    return swap_.expression ? fmt::format("({})", swap_.expression->text)
                            : sql::quote_identifier(old_name());
  }
  /// Of a row that has a value and not yet its new form.
  std::string not_converted() const {
    return fmt::format("{} IS NULL AND {} IS NOT NULL", quoted_fresh_, value());
  }

  SyncTrigger trigger() const {
    ColumnCopy copy{fresh_, old_name(), {}, reads(), !swap_.lossless};
    if (swap_.expression) copy.expression = value();
    return {table(),
            type_sync_trigger_name(make_.operation, table(), old_name(), swap_.expression),
            copy_statements(table(), copy),
            reads(),
            {fresh_}};
  }

  void add_column() {
    std::string add = fmt::format("ADD COLUMN {} {}", quoted_fresh_, swap_.type);
    if (!swap_.collation.empty()) add += " COLLATE " + swap_.collation;
    steps_.push_back(
        make_.transaction(Phase::kExpand, fmt::format("add column {} of the new type", fresh_),
                          {alter_table(table().name, add)}, locks(LockMode::kAccessExclusive),
                          undo_exact({alter_table(table().name, "DROP COLUMN " + quoted_fresh_)}),
                          {touch_column(How::kCreates, table().name, fresh_)}));
  }

  void fill() {
    std::vector<plan::Touch> touches{touch_column(How::kChanges, table().name, fresh_)};
    for (const std::string& column : reads()) {
      touches.push_back(touch_column(How::kNeeds, table().name, column));
    }
    if (swap_.expression) {
      append_functions(touches, make_.context.catalog, *swap_.expression);
    }
    append_triggers(touches, table(), &catalog::Trigger::on_update);
    // Its values lie in a column that goes when the sequence is taken back.
    steps_.push_back(make_.backfill(Phase::kExpand,
                                    fmt::format("fill {} from {}", fresh_, old_name()),
                                    backfill_rows(table(), {{fresh_, value()}}, not_converted()),
                                    undo_exact(), std::move(touches)));
  }

  void check_converted() {
    plan::CheckBody body;
    body.query = fmt::format("SELECT {} FROM {} WHERE {} LIMIT 5", row_label(table()),
                             sql::quote(table().name), not_converted());
    body.failure = fmt::format("{}.{} has values that {} cannot hold", shown(table().name),
                               old_name(), swap_.type);
    body.hint = "Change these rows, or write a USING expression that converts them.";
    body.sqlstate = "22000";
    std::vector<plan::Touch> touches{touch_column(How::kNeeds, table().name, fresh_)};
    for (const std::string& column : reads()) {
      touches.push_back(touch_column(How::kNeeds, table().name, column));
    }
    steps_.push_back(
        make_.check(Phase::kContract, fmt::format("check that every {} is converted", old_name()),
                    std::move(body), locks(LockMode::kAccessShare), std::move(touches)));
  }

  void swap(const ColumnCopies& copies) {
    const SyncTrigger sync = trigger();
    Swap swap{replacement_, copies, sync, swap_.default_value, {}, old_in_table(), false};
    // PostgreSQL leaves a serial's sequence as small as it was.
    if (is_integer(swap_.format) && is_integer(swap_.column.type)) {
      swap.sequence_type = swap_.format;
    }
    Step step =
        swap_step(make_, swap, fmt::format("the new column takes the place of {}", old_name()),
                  fmt::format("the old type of {}.{}", shown(table().name), old_name()));
    step.irreversible = true;
    steps_.push_back(std::move(step));
  }

  std::string old_in_table() const { return old_column_name(make_.operation, old_name()); }

  /// In a transaction of its own: whoever keeps dropped columns for a while does so here.
  void drop_old() {
    const std::string old = old_in_table();
    Step step =
        make_.transaction(Phase::kContract, fmt::format("drop column {}, of the old type", old),
                          {alter_table(table().name, "DROP COLUMN " + sql::quote_identifier(old))},
                          locks(LockMode::kAccessExclusive),
                          undo_none(fmt::format("the values of {}.{} in their old form",
                                                shown(table().name), old_name())),
                          {touch_column(How::kDrops, table().name, old)});
    step.irreversible = true;
    steps_.push_back(std::move(step));
  }

  const Maker& make_;
  const TypeSwap& swap_;
  Replacement replacement_;
  std::string fresh_;
  std::string quoted_fresh_;
  std::vector<Step> steps_;
};

}  // namespace

std::string type_sync_trigger_name(const Operation& operation, const Relation& table,
                                   const std::string& column,
                                   const std::optional<sql::Expr>& expression) {
  const bool reads_others =
      expression && std::any_of(expression->columns.begin(), expression->columns.end(),
                                [&](const std::string& read) { return read != column; });
  return sync_trigger_name(operation, table, column, 1, reads_others);
}

Replacement type_replacement(const Operation& operation, const Relation& table,
                             const catalog::Column& column, bool lossless) {
  return {table, column, new_column_name(operation, column.name), column.name, !lossless};
}

std::vector<Step> type_swap_steps(const Maker& make, const TypeSwap& swap) {
  return Sequence(make, swap).steps();
}

}  // namespace lockstep::operations
