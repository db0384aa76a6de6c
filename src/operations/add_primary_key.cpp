#include "add_primary_key.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/not_null.h"
#include "support/added_constraint.h"
#include "support/constraint_names.h"
#include "support/constraints.h"
#include "support/list.h"
#include "support/partitions.h"
#include "support/phases.h"
#include "support/unique_constraints.h"
#include "support/yaml.h"

namespace lockstep::operations::add_primary_key {

using catalog::Column;
using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::ConstraintDef;

namespace {

class AddPrimaryKey final : public AddedConstraint {
 public:
  using AddedConstraint::AddedConstraint;

  std::string_view name() const noexcept override { return "add_primary_key"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    if (const catalog::Constraint* primary = table->primary_key()) {
      judge.problem(fmt::format("{} has a primary key already, {} ({})", shown(table->name),
                                primary->name, fmt::join(primary->columns, ", ")));
      return judge.take();
    }
    if (!judge_unique(judge, context, *this, *table, wanted())) return judge.take();
    const std::vector<std::string> nullable = unproven(*table);
    if (wanted().using_index && nullable.empty()) {
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "The index is there and its columns are NOT NULL; nothing is read.");
      return judge.take();
    }
    judge.report(
        {.id = "add-primary-key-scan",
         .effect =
             fmt::format("{} {} while nobody can read or write it.",
                         wanted().using_index ? "Reads all of" : "Reads and builds an index on",
                         with_partitions(partition_tree(context.catalog, *table), *table)),
         .remedy = nullable.empty()
                       ? "Staged: duplicates are looked for, the unique index is built "
                         "concurrently, and then becomes the primary key in an instant."
                       : fmt::format("Staged: NOT NULL of {} is proven by a validated CHECK, the "
                                     "unique index is built concurrently, and then becomes the "
                                     "primary key in an instant.",
                                     fmt::join(nullable, ", ")),
         .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Maker make{*this, context};
    const std::string name = constraint_name(context.catalog, *table, wanted());
    std::vector<Step> steps;
    if (is_new(*table, *this, context)) {
      steps.push_back(wanted().using_index ? adopt_index(make, Phase::kExpand, *table, name,
                                                         *wanted().using_index, wanted())
                                           : add_unique_plainly(make, *table, name, wanted()));
      return steps;
    }
    const std::vector<std::string> nullable = unproven(*table);
    // With an index of the author's and NOT NULL columns it forbids nothing new.
    const Phase phase =
        wanted().using_index && nullable.empty() ? Phase::kExpand : Phase::kContract;
    for (const std::string& column : nullable) {
      for (Step& step : not_null_steps(make, {*table, column, phase, std::nullopt})) {
        steps.push_back(std::move(step));
      }
    }
    if (wanted().using_index) {
      steps.push_back(adopt_index(make, phase, *table, name, *wanted().using_index, wanted()));
    } else {
      for (Step& step : unique_steps(make, phase, *table, name, wanted())) {
        steps.push_back(std::move(step));
      }
    }
    if (steps.size() == 1) return steps;
    attach_direct(steps, 0, steps.size() - 1, {plain_sql(*table, name)},
                  family(context.catalog, *table, LockMode::kAccessExclusive), table->name,
                  context);
    return steps;
  }

  std::string describe() const override {
    return "add_primary_key " + describe_unique(target(), wanted());
  }

 private:
  std::vector<std::string> key_columns(const Relation& table) const {
    if (!wanted().using_index) return wanted().columns;
    const Index* index = table.index(*wanted().using_index);
    return index ? index->columns : std::vector<std::string>{};
  }

  /// Key columns that may hold NULLs for all the catalog knows.
  std::vector<std::string> unproven(const Relation& table) const {
    std::vector<std::string> columns;
    for (const std::string& name : key_columns(table)) {
      const Column* column = table.column(name);
      // What a CHECK proves of a partitioned table does not reach ADD PRIMARY KEY on it alone.
      const bool proven = !is_partitioned(table) && proven_not_null(table, name);
      if (column && !column->not_null && !proven) columns.push_back(name);
    }
    return columns;
  }

  std::string plain_sql(const Relation& table, const std::string& name) const {
    if (!wanted().using_index)
      return add_constraint_sql(table.name, name, unique_definition(wanted()));
    return add_constraint_sql(
        table.name, name,
        fmt::format("PRIMARY KEY USING INDEX {}{}", sql::quote_identifier(*wanted().using_index),
                    deferral(wanted())));
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const ConstraintDef& wanted,
                                         const Origin& origin) {
  return one(std::make_unique<AddPrimaryKey>(table, wanted, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_primary_key", problems);
  const TableTarget table = yaml_table(fields, problems);
  ConstraintDef wanted = yaml_unique(fields, ConstraintDef::Kind::kPrimaryKey, problems);
  fields.finish();
  return one(std::make_unique<AddPrimaryKey>(table, std::move(wanted), origin));
}

}  // namespace lockstep::operations::add_primary_key
