#include "add_check.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/constraint.h"
#include "support/added_constraint.h"
#include "support/constraint_names.h"
#include "support/constraints.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/yaml.h"

namespace lockstep::operations::add_check {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class AddCheck final : public AddedConstraint {
 public:
  using AddedConstraint::AddedConstraint;

  std::string_view name() const noexcept override { return "add_check"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    judge_name(judge, context.catalog, *table, wanted());
    for (const std::string& column : wanted().check->columns) judge.column(*table, column);
    judge_expression(judge, context.catalog, wanted().check);
    if (is_new(*table, *this, context)) return judge.take();
    if (wanted().not_valid) {
      judge.report(
          {.id = "constraint-left-not-valid",
           .verdict = plan::Verdict::kInstant,
           .effect = fmt::format("Holds for rows written from now on; an UPDATE of any column of "
                                 "an older row of {} that violates it fails.",
                                 shown(table->name)),
           .remedy = "Lockstep looks for such rows first. VALIDATE CONSTRAINT in a later statement "
                     "proves the older ones.",
           .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive}});
      return judge.take();
    }
    judge.report(
        {.id = "add-check-scan",
         .effect =
             fmt::format("Reads all of {} while nobody can read or write it.", shown(table->name)),
         .remedy = "Staged: added NOT VALID in an instant, then validated under a lock that "
                   "blocks no reader or writer.",
         .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*table, *this, context);
    StagedConstraint staged{*table,
                            constraint_name(context.catalog, *table, wanted()),
                            definition(),
                            wanted().check->columns,
                            {},
                            family(context.catalog, *table, LockMode::kAccessExclusive),
                            family(context.catalog, *table, LockMode::kShareUpdateExclusive),
                            fresh ? Phase::kExpand : Phase::kContract};
    std::vector<Step> steps;
    if (fresh) {
      steps.push_back(wanted().not_valid ? add_not_valid(make, staged) : add_plainly(make, staged));
      return steps;
    }
    steps.push_back(check_satisfied(make, staged.phase, *table, *wanted().check, staged.name));
    steps.push_back(add_not_valid(make, staged));
    if (wanted().not_valid) return steps;
    steps.push_back(validate(make, staged));
    attach_direct(steps, 0, steps.size() - 1,
                  {add_constraint_sql(table->name, staged.name, staged.definition)},
                  staged.add_locks, table->name, context);
    return steps;
  }

  std::string describe() const override {
    return fmt::format("add_check table={} {}check={}{}{}", shown(target().name),
                       described_name(wanted()), wanted().check->text,
                       wanted().no_inherit ? " no_inherit" : "",
                       wanted().not_valid ? " not_valid" : "");
  }

 private:
  std::string definition() const {
    return fmt::format("CHECK ({}){}", wanted().check->text,
                       wanted().no_inherit ? " NO INHERIT" : "");
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::ConstraintDef& wanted,
                                         const Origin& origin) {
  return one(std::make_unique<AddCheck>(table, wanted, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_check", problems);
  const TableTarget table = yaml_table(fields, problems);
  sql::ConstraintDef wanted;
  wanted.kind = sql::ConstraintDef::Kind::kCheck;
  if (fields.node("name") != nullptr) wanted.name = yaml_identifier(fields, "name", problems);
  fields.required_text("check");
  wanted.check = yaml_expression(fields, "check", problems);
  wanted.no_inherit = fields.boolean("no_inherit").value_or(false);
  wanted.not_valid = fields.boolean("not_valid").value_or(false);
  fields.finish();
  if (!wanted.check) return {};
  wanted.text = fmt::format("CHECK ({})", wanted.check->text);
  return one(std::make_unique<AddCheck>(table, std::move(wanted), origin));
}

}  // namespace lockstep::operations::add_check
