#include "add_unique.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/constraint.h"
#include "support/added_constraint.h"
#include "support/constraint_names.h"
#include "support/constraints.h"
#include "support/list.h"
#include "support/partitions.h"
#include "support/phases.h"
#include "support/unique_constraints.h"
#include "support/yaml.h"

namespace lockstep::operations::add_unique {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::ConstraintDef;

namespace {

class AddUnique final : public AddedConstraint {
 public:
  using AddedConstraint::AddedConstraint;

  std::string_view name() const noexcept override { return "add_unique"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table || !judge_unique(judge, context, *this, *table, wanted())) return judge.take();
    if (wanted().using_index) {
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "The index is there already; nothing is read.");
      return judge.take();
    }
    judge.report(
        {.id = "add-unique-index-build",
         .effect = fmt::format("Builds an index on {} while nobody can read or write {}.",
                               with_partitions(partition_tree(context.catalog, *table), *table),
                               is_partitioned(*table) ? "any of them" : "it"),
         .remedy = is_partitioned(*table)
                       ? "Staged: duplicates are looked for, a unique index is built on one "
                         "partition after the other concurrently, and each becomes a part of the "
                         "constraint in an instant."
                       : "Staged: duplicates are looked for, the unique index is built "
                         "concurrently, and then becomes the constraint in an instant.",
         .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Maker make{*this, context};
    const std::string name = constraint_name(context.catalog, *table, wanted());
    const Phase phase = natural_phase(*table, context);
    std::vector<Step> steps;
    if (wanted().using_index) {
      steps.push_back(adopt_index(make, phase, *table, name, *wanted().using_index, wanted()));
      return steps;
    }
    if (is_new(*table, *this, context)) {
      steps.push_back(add_unique_plainly(make, *table, name, wanted()));
      return steps;
    }
    steps = unique_steps(make, phase, *table, name, wanted());
    attach_direct(steps, 0, steps.size() - 1,
                  {add_constraint_sql(table->name, name, unique_definition(wanted()))},
                  family(context.catalog, *table, LockMode::kAccessExclusive), table->name,
                  context);
    return steps;
  }

  std::string describe() const override {
    return "add_unique " + describe_unique(target(), wanted());
  }

 private:
  /// A given index enforces uniqueness already; the constraint forbids nothing new.
  Phase natural_phase(const Relation& table, const Context& context) const {
    if (wanted().using_index) return Phase::kExpand;
    const std::vector<std::string> none;
    return constraint_phase(table, wanted().nulls_not_distinct ? none : wanted().columns, *this,
                            context);
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const ConstraintDef& wanted,
                                         const Origin& origin) {
  return one(std::make_unique<AddUnique>(table, wanted, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_unique", problems);
  const TableTarget table = yaml_table(fields, problems);
  ConstraintDef wanted = yaml_unique(fields, ConstraintDef::Kind::kUnique, problems);
  wanted.nulls_not_distinct = fields.boolean("nulls_not_distinct").value_or(false);
  fields.finish();
  return one(std::make_unique<AddUnique>(table, std::move(wanted), origin));
}

}  // namespace lockstep::operations::add_unique
