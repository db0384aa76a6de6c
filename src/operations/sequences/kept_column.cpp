#include "sequences/kept_column.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/core/as_printed.h"
#include "lockstep/plan/kept.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/drops.h"
#include "sequences/kept_parts.h"
#include "sequences/not_null.h"
#include "support/fold.h"
#include "support/fold_rename.h"
#include "support/keeping.h"

namespace lockstep::operations {

using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool names(const std::vector<std::string>& columns, const std::string& column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

const Index* index_of(const Relation& table, const Constraint& constraint) {
  return constraint.index.empty() ? nullptr : table.index(constraint.index);
}

bool uses(const Relation& table, const Constraint& constraint, const std::string& column) {
  const Index* index = index_of(table, constraint);
  return names(constraint.columns, column) || (index && index->uses.count(column) > 0);
}

bool is_foreign_key(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kForeignKey;
}

class KeptColumn {
 public:
  KeptColumn(const Maker& make, const Relation& table, const Column& column)
      : make_(make),
        table_(table),
        column_(column),
        kept_as_(kept_column_name(make.operation, table, column.name)) {
    for (const Constraint& constraint : table.constraints) {
      if (constraint.kind != ConstraintKind::kNotNull && uses(table, constraint, column.name)) {
        constraints_.push_back(&constraint);
      }
    }
    for (const Index& index : table.indexes) {
      if (index.uses.count(column.name) > 0) indexes_.push_back(&index);
    }
    for (const QualifiedName& name :
         owned_sequences(make.context.catalog, table.name, column.name)) {
      sequences_.push_back(name);
    }
  }

  std::vector<Step> steps() const {
    std::vector<Step> steps;
    plan::Keep keep{
        table_.name, column_.name, table_.name, kept_as_, make_.context.catalog.grace->seconds, {}};
    for (const Constraint* constraint : constraints_) {
      if (!is_foreign_key(*constraint)) continue;
      steps.push_back(drop_foreign_key_step(make_, table_, *constraint));
      steps.back().undo = undo_exact(add_again(table_, *constraint));
      keep.together.push_back(std::to_string(steps.size()));
    }
    Step step = make_.transaction(Phase::kContract,
                                  fmt::format("keep column {} out of sight", column_.name), away(),
                                  locks(), undo(), touches());
    keep.together.push_back(std::to_string(steps.size() + 1));
    step.keeps = std::move(keep);
    step.restore = restore();
    steps.push_back(std::move(step));
    return steps;
  }

 private:
  std::string alter(const std::string& action) const {
    return alter_table(table_.name, fmt::format("ALTER COLUMN {} {}",
                                                sql::quote_identifier(column_.name), action));
  }

  bool has_default() const {
    return column_.default_value && column_.generated == catalog::Generated::kNone;
  }
  bool loses_not_null() const {
    return column_.not_null && column_.identity == catalog::Identity::kNone;
  }

  std::vector<std::string> away() const {
    std::vector<std::string> sql;
    for (const Constraint* constraint : constraints_) {
      if (is_foreign_key(*constraint)) continue;
      sql.push_back(drop_constraint_sql(table_.name, constraint->name));
    }
    for (const Index* index : indexes_) {
      if (!index->constraint.empty()) continue;
      sql.push_back("DROP INDEX " + sql::quote({table_.name.schema, index->name}));
    }
    if (has_default()) sql.push_back(alter("DROP DEFAULT"));
    if (loses_not_null()) sql.push_back(alter("DROP NOT NULL"));
    for (const QualifiedName& sequence : sequences_) {
      sql.push_back(rename_sequence(sequence, kept_sequence_name(make_.operation, sequence.name)));
    }
    sql.push_back(rename_column(column_.name, kept_as_));
    return sql;
  }

  static std::string rename_sequence(const QualifiedName& from, const std::string& to) {
    return fmt::format("ALTER SEQUENCE {} RENAME TO {}", sql::quote(from),
                       sql::quote_identifier(to));
  }
  std::string rename_column(const std::string& from, const std::string& to) const {
    return alter_table(table_.name,
                       fmt::format("RENAME COLUMN {} TO {}", sql::quote_identifier(from),
                                   sql::quote_identifier(to)));
  }

  /// Its name, its sequence's, and its default.
  std::vector<std::string> back() const {
    std::vector<std::string> sql{rename_column(kept_as_, column_.name)};
    for (const QualifiedName& sequence : sequences_) {
      sql.push_back(rename_sequence(
          {sequence.schema, kept_sequence_name(make_.operation, sequence.name)}, sequence.name));
    }
    if (has_default()) sql.push_back(alter("SET DEFAULT " + column_.default_value->text));
    return sql;
  }

  std::vector<plan::LockClaim> locks() const {
    std::vector<plan::LockClaim> locks{{table_.name, LockMode::kAccessExclusive}};
    for (const Index* index : indexes_) locks.push_back(dropped_index(table_, *index));
    append(locks, dropped_sequences(make_.context.catalog, table_.name, column_.name));
    return locks;
  }

  std::vector<plan::Touch> touches() const {
    std::vector<plan::Touch> touches{touch_column(How::kDrops, table_.name, column_.name)};
    for (const Index* index : indexes_) {
      touches.push_back(touch_index(How::kDrops, {table_.name.schema, index->name}));
    }
    for (const Constraint* constraint : constraints_) {
      if (is_foreign_key(*constraint)) continue;
      touches.push_back(touch_constraint(How::kDrops, table_.name, constraint->name));
    }
    return touches;
  }

  plan::Undo undo() const {
    std::vector<std::string> sql = back();
    const auto add = [&](const std::vector<std::string>& more) {
      sql.insert(sql.end(), more.begin(), more.end());
    };
    if (loses_not_null()) sql.push_back(alter("SET NOT NULL"));
    for (const Index* index : indexes_) add(add_again(table_, *index));
    for (const Constraint* constraint : constraints_) {
      if (constraint->kind == ConstraintKind::kCheck) add(add_again(table_, *constraint));
    }
    return loses_not_null() ? undo_loses(fmt::format("rows written without {} must be filled first",
                                                     column_.name),
                                         std::move(sql))
                            : undo_exact(std::move(sql));
  }

  std::vector<Step> restore() const {
    std::vector<Step> steps;
    steps.push_back(make_.transaction(Phase::kContract,
                                      fmt::format("give {} its name back", column_.name), back(),
                                      {{table_.name, LockMode::kAccessExclusive}}, undo_exact(),
                                      {touch_column(How::kCreates, table_.name, column_.name)}));
    for (const QualifiedName& sequence : sequences_) {
      steps.back().locks.push_back(
          {{sequence.schema, kept_sequence_name(make_.operation, sequence.name)},
           LockMode::kAccessExclusive});
    }
    if (loses_not_null()) {
      NotNullSequence sequence{
          table_, column_.name, Phase::kContract, std::string(plan::kFill), {}};
      for (Step& step : not_null_steps(make_, sequence)) {
        if (auto* check = std::get_if<plan::CheckBody>(&step.body)) {
          check->hint = "Fill them; or say with what: lockstep purge --restore ... --fill \"''\"";
        }
        steps.push_back(std::move(step));
      }
    }
    for (const Index* index : indexes_) restore_index(make_, table_, *index, steps);
    for (const Constraint* constraint : constraints_) {
      if (constraint->kind == ConstraintKind::kCheck || is_foreign_key(*constraint)) {
        restore_staged(make_, table_, *constraint, steps);
      }
    }
    return steps;
  }

  const Maker& make_;
  const Relation& table_;
  const Column& column_;
  std::string kept_as_;
  std::vector<const Constraint*> constraints_;
  std::vector<const Index*> indexes_;
  std::vector<QualifiedName> sequences_;
};

}  // namespace

std::vector<std::string> unknown_parts(const Relation& table, const std::string& column) {
  std::vector<std::string> unknown;
  for (const Constraint& constraint : table.constraints) {
    if (constraint.kind != ConstraintKind::kNotNull && uses(table, constraint, column) &&
        constraint.definition.empty()) {
      unknown.push_back(constraint.name);
    }
  }
  for (const Index& index : table.indexes) {
    if (index.uses.count(column) > 0 && index.constraint.empty() && index.definition.empty()) {
      unknown.push_back(index.name);
    }
  }
  return unknown;
}

std::vector<Step> keep_column_steps(const Maker& make, const Relation& table,
                                    const Column& column) {
  return KeptColumn(make, table, column).steps();
}

void fold_keep_column(const Operation& operation, catalog::Catalog& catalog, Relation& table,
                      const std::string& column) {
  if (!table.column(column)) return;
  const bool fills_itself = table.column(column)->identity != catalog::Identity::kNone;
  std::vector<std::string> gone;
  for (const Constraint& constraint : table.constraints) {
    const bool stays = constraint.kind == ConstraintKind::kNotNull && fills_itself;
    if (!stays && uses(table, constraint, column)) gone.push_back(constraint.name);
  }
  for (const std::string& constraint : gone) fold_drop_constraint(catalog, table, constraint);
  std::erase_if(table.indexes, [&](const Index& index) { return index.uses.count(column) > 0; });
  Column& kept = *table.column(column);
  if (kept.generated == catalog::Generated::kNone) kept.default_value.reset();
  if (!fills_itself) kept.not_null = false;
  for (const QualifiedName& sequence : owned_sequences(catalog, table.name, column)) {
    fold_rename_relation(catalog, sequence, kept_sequence_name(operation, sequence.name));
  }
  fold_rename_column(catalog, table, column, kept_column_name(operation, table, column), false);
}

}  // namespace lockstep::operations
