#include "validate_constraint.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/constraint.h"
#include "support/former.h"
#include "support/list.h"
#include "support/table_action.h"
#include "support/yaml.h"

namespace lockstep::operations::validate_constraint {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class ValidateConstraint final : public TableAction {
 public:
  ValidateConstraint(TableTarget table, std::string constraint, Origin origin)
      : TableAction(std::move(table), std::move(origin)), constraint_(std::move(constraint)) {}

  std::string_view name() const noexcept override { return "validate_constraint"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const Constraint* constraint = table->constraint(constraint_);
    if (!constraint && !table->assumed) {
      judge.problem(fmt::format("table {} has no constraint {}", shown(table->name), constraint_),
                    "Check the name, and that an earlier statement adds it.");
      return judge.take();
    }
    if ((constraint && constraint->validated) || is_new(*table, *this, context))
      return judge.take();
    judge.report(
        {.id = "validate-constraint-scan",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("Reads all of {} while readers and writers go on; other schema "
                               "changes and VACUUM of it wait.",
                               shown(table->name)),
         .remedy = "It runs in a transaction of its own, without a time limit.",
         .lock = plan::LockClaim{table->name, LockMode::kShareUpdateExclusive},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Constraint* constraint = table ? table->constraint(constraint_) : nullptr;
    if (!constraint || constraint->validated) return {};
    const Maker make{*this, context};
    const Relation* referenced = constraint->kind == ConstraintKind::kForeignKey
                                     ? context.catalog.find(constraint->referenced)
                                     : nullptr;
    StagedConstraint staged{*table, constraint_, {}, constraint->columns,
                            {},     {},          {}, Phase::kExpand};
    if (constraint->kind == ConstraintKind::kForeignKey) {
      staged.validate_locks = family(context.catalog, constraint->referenced, LockMode::kRowShare);
      for (const std::string& column : constraint->referenced_columns) {
        staged.needs.push_back(
            touch_column(plan::Touch::How::kNeeds, constraint->referenced, column));
      }
    }
    append(staged.validate_locks, family(context.catalog, *table, LockMode::kShareUpdateExclusive));
    std::vector<Step> steps;
    if (constraint->check) {
      steps.push_back(
          check_satisfied(make, Phase::kExpand, *table, *constraint->check, constraint_));
    } else if (referenced && constraint->columns.size() == constraint->referenced_columns.size()) {
      steps.push_back(check_no_orphans(
          make, Phase::kExpand,
          {*table, constraint->columns, *referenced, constraint->referenced_columns, false}));
    }
    steps.push_back(validate(make, staged));
    steps.back().undo = undo(*table, *constraint);
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table) return;
    fold_validate(catalog, *table, constraint_);
  }

  std::string describe() const override {
    return fmt::format("validate_constraint table={} name={}", shown(target().name), constraint_);
  }

 private:
  /// Checks go down by their name, foreign keys by what they are attached to.
  static void fold_validate(catalog::Catalog& catalog, Relation& table, const std::string& name) {
    bool check = false;
    for (Constraint& constraint : table.constraints) {
      if (constraint.name != name) continue;
      constraint.validated = true;
      check = constraint.kind == ConstraintKind::kCheck;
    }
    for (const catalog::QualifiedName& child : std::vector(table.partitions)) {
      Relation* below = catalog.find(child);
      if (!below) continue;
      for (const Constraint& constraint : std::vector<Constraint>(below->constraints)) {
        if (check ? constraint.name == name : constraint.attached_to == name)
          fold_validate(catalog, *below, constraint.name);
      }
    }
  }

  static plan::Undo undo(const Relation& table, const Constraint& constraint) {
    if (constraint.definition.empty())
      return undo_none(fmt::format("{} as NOT VALID", constraint.name));
    const bool said = constraint.definition.find("NOT VALID") != std::string::npos;
    return undo_exact(
        {drop_constraint_sql(table.name, constraint.name),
         add_constraint_sql(table.name, constraint.name,
                            constraint.definition + (said ? "" : " NOT VALID"))},
        {former_comment("CONSTRAINT", table.name, constraint.name, WithoutComment::kNothing)});
  }

  std::string constraint_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::ValidateConstraint& action,
                                         const Origin& origin) {
  return one(std::make_unique<ValidateConstraint>(table, action.name, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation validate_constraint", problems);
  const TableTarget table = yaml_table(fields, problems);
  std::string constraint = yaml_identifier(fields, "name", problems);
  fields.finish();
  return one(std::make_unique<ValidateConstraint>(table, std::move(constraint), origin));
}

}  // namespace lockstep::operations::validate_constraint
