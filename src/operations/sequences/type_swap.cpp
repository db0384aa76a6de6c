#include "sequences/type_swap.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"
#include "sequences/constraint.h"
#include "sequences/index_build.h"
#include "sequences/not_null.h"
#include "sequences/swap_transaction.h"
#include "sequences/sync_trigger.h"
#include "support/column_copy.h"
#include "support/dml.h"
#include "support/foreign_keys.h"

namespace lockstep::operations {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Sequence {
 public:
  Sequence(const Maker& make, const TypeSwap& swap)
      : make_(make),
        swap_(swap),
        fresh_(new_column_name(make.operation, swap.column.name)),
        quoted_fresh_(sql::quote_identifier(fresh_)),
        parts_{swap, fresh_, old_column_name(make.operation, swap.column.name), {}, {}} {
    name_copies();
  }

  std::vector<Step> steps() {
    add_column();
    steps_.push_back(create_sync_trigger_step(make_, Phase::kExpand, trigger()));
    fill();
    build_indexes(false);
    check_converted();
    if (swap_.column.not_null) {
      append(not_null_steps(make_, {table(), fresh_, Phase::kContract, std::nullopt, {}}));
    }
    copy_constraints();
    build_indexes(true);
    append(swap_steps(make_, parts_, trigger()));
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
  std::string helper(int ordinal, const std::string& base) const {
    return catalog::helper_name(make_.operation.origin().migration, ordinal, base);
  }

  void name_copies() {
    for (const Index& index : table().indexes) {
      if (index.uses.count(old_name()) == 0) continue;
      parts_.indexes.push_back({&index, helper(1, index.name)});
    }
    for (const Constraint& constraint : table().constraints) {
      const bool copied = constraint.kind == ConstraintKind::kCheck ||
                          constraint.kind == ConstraintKind::kForeignKey;
      if (!copied || !contains(constraint.columns, old_name())) continue;
      parts_.constraints.push_back({&constraint, helper(1, constraint.name)});
    }
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
            type_sync_trigger_name(make_.operation, table(), old_name()),
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

  /// Unique ones are the enforcing step themselves, so that they wait for contract (RULES.md 5).
  void build_indexes(bool unique) {
    for (const IndexCopy& copy : parts_.indexes) {
      if (copy.original->unique != unique) continue;
      const sql::CreateIndex definition = *definition_of(*copy.original);
      IndexBuild build{table(),
                       copy.name,
                       definition.method.empty() ? "btree" : definition.method,
                       tail_with(definition, old_name(), fresh_),
                       unique,
                       {}};
      for (const std::string& column : copy.original->uses) {
        build.uses.push_back(column == old_name() ? fresh_ : column);
      }
      const Phase phase = unique ? Phase::kContract : Phase::kExpand;
      if (unique && !swap_.lossless) {
        steps_.push_back(check_no_duplicates(make_, phase, key_of(copy, definition)));
      }
      steps_.push_back(build_concurrently(make_, phase, build));
    }
  }

  UniqueKey key_of(const IndexCopy& copy, const sql::CreateIndex& definition) const {
    UniqueKey key{table(), {}, {}, {}, !definition.nulls_not_distinct};
    for (const sql::IndexElement& element : definition.elements) {
      key.expressions.push_back(
          element.column
              ? sql::quote_identifier(*element.column == old_name() ? fresh_ : *element.column)
              : sql::rename_in_expression(element.expression->text, old_name(), fresh_));
    }
    for (const std::string& column : copy.original->uses) {
      key.columns.push_back(column == old_name() ? fresh_ : column);
    }
    if (definition.predicate) {
      key.predicate = sql::rename_in_expression(definition.predicate->text, old_name(), fresh_);
    }
    return key;
  }

  void copy_constraints() {
    for (const ConstraintCopy& copy : parts_.constraints) {
      const sql::ConstraintDef definition = *definition_of(*copy.original);
      StagedConstraint staged{table(), copy.name, {}, {}, {}, {}, {}, Phase::kContract};
      for (const std::string& column : copy.original->columns) {
        staged.columns.push_back(column == old_name() ? fresh_ : column);
      }
      if (copy.original->kind == ConstraintKind::kCheck) {
        staged.definition = check_with(definition, old_name(), fresh_);
        if (!swap_.lossless && copy.original->validated) {
          sql::Expr renamed = *definition.check;
          renamed.text = sql::rename_in_expression(renamed.text, old_name(), fresh_);
          std::replace(renamed.columns.begin(), renamed.columns.end(), old_name(), fresh_);
          steps_.push_back(
              check_satisfied(make_, Phase::kContract, table(), renamed, copy.original->name));
        }
        staged.add_locks = locks(LockMode::kAccessExclusive);
        staged.validate_locks = locks(LockMode::kShareUpdateExclusive);
      } else {
        stage_foreign_key(staged, *copy.original, definition);
      }
      steps_.push_back(add_not_valid(make_, staged));
      if (copy.original->validated) steps_.push_back(validate(make_, staged));
    }
  }

  void stage_foreign_key(StagedConstraint& staged, const Constraint& key,
                         const sql::ConstraintDef& definition) const {
    Relation unknown;
    unknown.name = key.referenced;
    const Relation* found = make_.context.catalog.find(key.referenced);
    const Relation& referenced = found ? *found : unknown;
    staged.definition = foreign_key_definition(foreign_key_with(definition, old_name(), fresh_),
                                               referenced, key.referenced_columns);
    const auto both = [&](LockMode theirs, LockMode ours) {
      std::vector<plan::LockClaim> claims = family(make_.context.catalog, key.referenced, theirs);
      operations::append(claims, locks(ours));
      return claims;
    };
    staged.add_locks = both(LockMode::kShareRowExclusive, LockMode::kShareRowExclusive);
    staged.validate_locks = both(LockMode::kRowShare, LockMode::kShareUpdateExclusive);
    for (const std::string& column : key.referenced_columns) {
      staged.needs.push_back(touch_column(How::kNeeds, key.referenced, column));
    }
    staged.needs.push_back(touch_references(How::kChanges, key.referenced));
  }

  const Maker& make_;
  const TypeSwap& swap_;
  std::string fresh_;
  std::string quoted_fresh_;
  SwapParts parts_;
  std::vector<Step> steps_;
};

}  // namespace

std::string new_column_name(const Operation& operation, const std::string& column) {
  return catalog::helper_name(operation.origin().migration, 1, column + "_new");
}

std::string old_column_name(const Operation& operation, const std::string& column) {
  return catalog::helper_name(operation.origin().migration, 1, column + "_old");
}

std::string type_sync_trigger_name(const Operation& operation, const Relation& table,
                                   const std::string& column) {
  return sync_trigger_name(operation, table, column, 1);
}

std::vector<Step> type_swap_steps(const Maker& make, const TypeSwap& swap) {
  return Sequence(make, swap).steps();
}

}  // namespace lockstep::operations
