#include "drop_constraint.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "support/dropped_constraint.h"
#include "support/fold.h"
#include "support/foreign_keys.h"
#include "support/former.h"
#include "support/list.h"
#include "support/partitioned_index.h"
#include "support/yaml.h"

namespace lockstep::operations::drop_constraint {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

/// Without it the database accepts more: no query that worked before can fail.
bool is_relaxation(ConstraintKind kind) {
  return kind == ConstraintKind::kCheck || kind == ConstraintKind::kForeignKey;
}

class DropConstraint final : public DroppedConstraint {
 public:
  using DroppedConstraint::DroppedConstraint;

  std::string_view name() const noexcept override { return "drop_constraint"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const Constraint* constraint = table->constraint(action().name);
    if (!constraint) {
      judge_missing(*table, judge);
      return judge.take();
    }
    if (constraint->kind == ConstraintKind::kNotNull) {
      judge.refuse(
          "drop-not-null-constraint",
          fmt::format("{} is the NOT NULL of {}.", action().name,
                      fmt::join(constraint->columns, ", ")),
          fmt::format(
              "Write ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL;", sql::quote(target().name),
              sql::quote_identifier(constraint->columns.empty() ? action().name
                                                                : constraint->columns.front())));
      return judge.take();
    }
    if (judge_part(*table, *constraint, judge) &&
        judge_references(*table, *constraint, context, judge)) {
      judge_lock(*table, *constraint, context, judge);
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Constraint* constraint = table ? table->constraint(action().name) : nullptr;
    if (!constraint) return {};
    const Maker make{*this, context};
    const bool relaxes = is_relaxation(constraint->kind) || is_new(*table, *this, context);
    Step step = make.transaction(
        relaxes ? Phase::kExpand : Phase::kContract, fmt::format("drop {}", action().name),
        {drop_constraint_sql(table->name, action().name)}, locks(*table, *constraint, context),
        undo(*table, *constraint), touches(*table, *constraint));
    step.irreversible = step.undo.gives == plan::UndoGives::kNone;
    if (!relaxes)
      step.note = "is contract because ON CONFLICT of the deployed application needs it";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    if (Relation* table = catalog.find(target().name))
      fold_drop_constraint(catalog, *table, action().name);
  }

  std::string describe() const override {
    return fmt::format("drop_constraint table={} name={}{}{}", shown(target().name), action().name,
                       action().if_exists ? " if_exists" : "", action().cascade ? " cascade" : "");
  }

 private:
  void judge_missing(const Relation& table, Judge& judge) const {
    if (action().if_exists) return;
    if (table.assumed) {
      judge.report(
          {.id = "brief-lock",
           .verdict = plan::Verdict::kInstant,
           .effect = fmt::format("Takes AccessExclusiveLock on {}, and for a foreign key on the "
                                 "referenced table too.",
                                 shown(table.name)),
           .remedy = "Nothing is read. It waits at most lock_timeout and tries again.",
           .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive}});
      return;
    }
    judge.problem(fmt::format("table {} has no constraint {}", shown(table.name), action().name),
                  "Check the name; \\d in psql lists them.");
  }

  /// False where it is a partition's part of a constraint, which goes only with that.
  static bool judge_part(const Relation& table, const Constraint& constraint, Judge& judge) {
    if (constraint.attached_to.empty()) return true;
    judge.refuse("part-of-partitioned-key",
                 fmt::format("{} of {} is a part of {}; PostgreSQL drops it only with that.",
                             constraint.name, shown(table.name), constraint.attached_to),
                 fmt::format("Write ALTER TABLE {} DROP CONSTRAINT {};", sql::quote(*table.parent),
                             sql::quote_identifier(constraint.attached_to)));
    return false;
  }

  /// False where foreign keys of other tables need the constraint.
  bool judge_references(const Relation& table, const Constraint& constraint, const Context& context,
                        Judge& judge) const {
    if (constraint.kind != ConstraintKind::kUnique &&
        constraint.kind != ConstraintKind::kPrimaryKey) {
      return true;
    }
    catalog::Catalog after = context.catalog;
    Relation* without = after.find(table.name);
    fold_drop_constraint(after, *without, action().name);
    std::vector<std::string> names;
    for (const catalog::ReferencingKey& key : table.referenced_by) {
      if (is_unique_target(*without, key.referenced_columns)) continue;
      names.push_back(fmt::format("{} on {}", key.constraint, shown(key.table)));
    }
    if (names.empty()) return true;
    judge.refuse("constraint-is-referenced",
                 fmt::format("{} is what these foreign keys reference: {}.", action().name,
                             fmt::join(names, ", ")),
                 "Drop these foreign keys first, each in a statement of its own, without CASCADE.");
    return false;
  }

  void judge_lock(const Relation& table, const Constraint& constraint, const Context& context,
                  Judge& judge) const {
    if (constraint.kind == ConstraintKind::kForeignKey) {
      if (is_new(table, *this, context)) return;
      judge.report(
          {.id = "drop-foreign-key-locks-both",
           .verdict = plan::Verdict::kInstant,
           .effect = fmt::format("Takes AccessExclusiveLock on {} and on {}, which it references.",
                                 shown(table.name), shown(constraint.referenced)),
           .remedy = "Both are locked together for an instant, the referenced table first, waiting "
                     "at most lock_timeout.",
           .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive}});
      return;
    }
    judge.brief_lock(table, LockMode::kAccessExclusive, "Nothing is read.");
    if (is_relaxation(constraint.kind)) return;
    judge.report({.id = "drop-unique-guarantee",
                  .effect = fmt::format(
                      "{} and its index are gone: queries that it made fast read the whole "
                      "table, and INSERT ... ON CONFLICT ({}) fails.",
                      action().name, fmt::join(constraint.columns, ", ")),
                  .remedy = "It happens in contract, after the deploy."});
  }

  std::vector<plan::LockClaim> locks(const Relation& table, const Constraint& constraint,
                                     const Context& context) const {
    std::vector<plan::LockClaim> locks;
    if (constraint.kind == ConstraintKind::kForeignKey) {
      append(locks, family(context.catalog, constraint.referenced, LockMode::kAccessExclusive));
    }
    append(locks, family(context.catalog, table, LockMode::kAccessExclusive));
    if (!constraint.index.empty()) {
      append(locks, dropped_index_locks(context.catalog, table, constraint.index));
    }
    return locks;
  }

  plan::Undo undo(const Relation& table, const Constraint& constraint) const {
    if (!is_relaxation(constraint.kind)) {
      return undo_none(fmt::format("{}, its index, and that its values are unique", action().name));
    }
    // The server's own words, NOT VALID included; rows written in between that violate it make the
    // undo fail.
    if (constraint.definition.empty()) return undo_none(action().name);
    const bool unsaid =
        !constraint.validated && constraint.definition.find("NOT VALID") == std::string::npos;
    const std::string definition = constraint.kind == ConstraintKind::kForeignKey
                                       ? with_referenced_schema(constraint)
                                       : constraint.definition;
    return undo_exact(
        {add_constraint_sql(table.name, action().name, definition + (unsaid ? " NOT VALID" : ""))},
        {former_comment("CONSTRAINT", table.name, action().name, WithoutComment::kNothing)});
  }

  std::vector<plan::Touch> touches(const Relation& table, const Constraint& constraint) const {
    using How = plan::Touch::How;
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table.name),
                                     touch_constraint(How::kDrops, table.name, action().name)};
    if (!constraint.index.empty()) {
      touches.push_back(touch_index(How::kDrops, {table.name.schema, constraint.index}));
    }
    if (constraint.kind == ConstraintKind::kForeignKey) {
      touches.push_back(touch_references(How::kChanges, constraint.referenced));
    }
    return touches;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::DropConstraint& action, const Origin& origin) {
  return one(std::make_unique<DropConstraint>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_constraint", problems);
  TableTarget table;
  table.name = yaml_name(fields, "table", problems);
  sql::DropConstraint action;
  action.name = yaml_identifier(fields, "name", problems);
  action.if_exists = fields.boolean("if_exists").value_or(false);
  fields.finish();
  return one(std::make_unique<DropConstraint>(table, action, origin));
}

}  // namespace lockstep::operations::drop_constraint
