#include "add_check.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/constraint.h"
#include "support/constraint_names.h"
#include "support/constraints.h"
#include "support/fold.h"
#include "support/list.h"
#include "support/requests.h"
#include "support/yaml.h"

namespace lockstep::operations::add_check {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class AddCheck final : public Operation {
 public:
  AddCheck(TableTarget table, sql::ConstraintDef wanted, Origin origin)
      : Operation(std::move(origin)), table_(std::move(table)), wanted_(std::move(wanted)) {}

  std::string_view name() const noexcept override { return "add_check"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(table_.name);
    request_functions(request, wanted_.check);
    request_constraint_name(request, table_.name, wanted_);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(table_);
    if (!table) return judge.take();
    judge_name(judge, context.catalog, *table, wanted_);
    for (const std::string& column : wanted_.check->columns) judge.column(*table, column);
    if (is_new(*table, *this, context)) return judge.take();
    if (wanted_.not_valid) {
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
    const Relation* table = context.catalog.find(table_.name);
    if (!table) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*table, *this, context);
    StagedConstraint staged{*table,
                            constraint_name(context.catalog, *table, wanted_),
                            definition(),
                            wanted_.check->columns,
                            {},
                            family(context.catalog, *table, LockMode::kAccessExclusive),
                            family(context.catalog, *table, LockMode::kShareUpdateExclusive),
                            fresh ? Phase::kExpand : Phase::kContract};
    std::vector<Step> steps;
    if (fresh) {
      steps.push_back(wanted_.not_valid ? add_not_valid(make, staged) : add_plainly(make, staged));
      return steps;
    }
    steps.push_back(check_satisfied(make, staged.phase, *table, *wanted_.check, staged.name));
    steps.push_back(add_not_valid(make, staged));
    if (wanted_.not_valid) return steps;
    steps.push_back(validate(make, staged));
    attach_direct(steps, 0, steps.size() - 1,
                  {add_constraint_sql(table->name, staged.name, staged.definition)},
                  staged.add_locks, table->name, context);
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(table_.name);
    if (!table) return;
    fold_add_constraint(catalog, *table, settled_name(catalog, *table, wanted_), wanted_,
                        !wanted_.not_valid);
  }

  std::string describe() const override {
    return fmt::format("add_check table={} {}check={}{}{}", shown(table_.name),
                       described_name(wanted_), wanted_.check->text,
                       wanted_.no_inherit ? " no_inherit" : "",
                       wanted_.not_valid ? " not_valid" : "");
  }

 private:
  std::string definition() const {
    return fmt::format("CHECK ({}){}", wanted_.check->text,
                       wanted_.no_inherit ? " NO INHERIT" : "");
  }

  TableTarget table_;
  sql::ConstraintDef wanted_;  ///< of kind kCheck, with its expression
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
  if (fields.has("name")) wanted.name = yaml_identifier(fields, "name", problems);
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
