#include "add_foreign_key.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/index_build.h"
#include "support/added_constraint.h"
#include "support/constraint_names.h"
#include "support/constraints.h"
#include "support/fold.h"
#include "support/foreign_keys.h"
#include "support/list.h"
#include "support/partitions.h"
#include "support/phases.h"
#include "support/yaml.h"

namespace lockstep::operations::add_foreign_key {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::LockClaim;
using plan::Step;
using sql::ConstraintDef;

namespace {

class AddForeignKey final : public AddedConstraint {
 public:
  using AddedConstraint::AddedConstraint;

  std::string_view name() const noexcept override { return "add_foreign_key"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const Relation* referenced = judge.table({wanted().referenced, false, false});
    if (!referenced) return judge.take();
    // Assuming the referenced table may have moved the other one.
    table = context.catalog.find(target().name);
    judge_name(judge, context.catalog, *table, wanted());
    if (!judge_columns(*table, *referenced, context, judge)) return judge.take();
    if (is_new(*table, *this, context)) {
      judge.brief_lock(*referenced, LockMode::kShareRowExclusive,
                       "The new table has nothing to check.");
      return judge.take();
    }
    judge_tables(*table, *referenced, context, judge);
    judge_index(*table, judge);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Relation* referenced = context.catalog.find(wanted().referenced);
    if (!table || !referenced) return {};
    const Maker make{*this, context};
    const Phase phase = constraint_phase(*table, wanted().columns, *this, context);
    const std::vector<std::string> target = referenced_columns(context.catalog, wanted());
    const StagedConstraint staged{*table,
                                  constraint_name(context.catalog, *table, wanted()),
                                  foreign_key_definition(wanted(), *referenced, target),
                                  wanted().columns,
                                  needs(*referenced, target),
                                  add_locks(*table, *referenced, context),
                                  validate_locks(*table, *referenced, context),
                                  phase};
    std::vector<Step> steps;
    if (is_new(*table, *this, context)) {
      steps.push_back(wanted().not_valid ? add_not_valid(make, staged) : add_plainly(make, staged));
      return steps;
    }
    steps.push_back(check_no_orphans(
        make, phase, {*table, wanted().columns, *referenced, target, wanted().match_full}));
    if (part_by_part(*table, context)) {
      append_parts(make, staged, *referenced, steps);
    } else {
      steps.push_back(add_not_valid(make, staged));
      if (wanted().not_valid) return steps;
      steps.push_back(validate(make, staged));
    }
    attach_direct(steps, 0, steps.size() - 1,
                  {add_constraint_sql(table->name, staged.name, staged.definition)},
                  staged.add_locks, table->name, context);
    return steps;
  }

  std::string describe() const override {
    return fmt::format("add_foreign_key table={} {}columns=({}) references={}({}){}{}",
                       shown(target().name), described_name(wanted()),
                       fmt::join(wanted().columns, ", "), shown(wanted().referenced),
                       fmt::join(wanted().referenced_columns, ", "), foreign_key_options(wanted()),
                       wanted().not_valid ? " NOT VALID" : "");
  }

 private:
  bool judge_columns(const Relation& table, const Relation& referenced, const Context& context,
                     Judge& judge) const {
    bool all = true;
    for (const std::string& column : wanted().columns) all = judge.column(table, column) && all;
    for (const std::string& column : wanted().referenced_columns) {
      all = judge.column(referenced, column) && all;
    }
    if (!all) return false;
    if (!wanted().referenced_columns.empty() &&
        wanted().referenced_columns.size() != wanted().columns.size()) {
      judge.problem(fmt::format("the foreign key has {} columns and references {}",
                                wanted().columns.size(), wanted().referenced_columns.size()));
      return false;
    }
    if (referenced.assumed) return true;
    const std::vector<std::string> target = referenced_columns(context.catalog, wanted());
    if (!is_unique_target(referenced, target)) {
      judge.refuse(
          "foreign-key-no-unique-target",
          fmt::format("No primary key, UNIQUE constraint or unique index of {} is on exactly ({}), "
                      "so PostgreSQL refuses the foreign key.",
                      shown(referenced.name), fmt::join(target, ", ")),
          target.empty() ? "Give it a primary key first, or name the columns that it references."
                         : fmt::format("Write ALTER TABLE {} ADD UNIQUE ({}); before this "
                                       "statement.",
                                       sql::quote(wanted().referenced), quoted_list(target)));
      return false;
    }
    if (target.size() != wanted().columns.size()) {
      judge.problem(fmt::format("the foreign key has {} columns and references {}",
                                wanted().columns.size(), target.size()));
      return false;
    }
    judge_types(table, referenced, target, judge);
    return true;
  }

  void judge_types(const Relation& table, const Relation& referenced,
                   const std::vector<std::string>& target, Judge& judge) const {
    for (std::size_t i = 0; i < target.size(); ++i) {
      const Column* from = table.column(wanted().columns[i]);
      const Column* to = referenced.column(target[i]);
      if (!from || !to || from->type_name == to->type_name) continue;
      judge.report(
          {.id = "foreign-key-type-mismatch",
           .effect = fmt::format("{}.{} is {} and references {}.{}, which is {}: values of the one "
                                 "may not fit the other, and each check converts them.",
                                 shown(table.name), from->name, from->type, shown(referenced.name),
                                 to->name, to->type),
           .remedy = fmt::format("It is added as written. Give {} the type {} before it grows.",
                                 from->name, to->type)});
    }
  }

  /// Before 18 a partitioned table's foreign key cannot be NOT VALID, but it takes the validated
  /// ones of its partitions for its parts.
  static bool part_by_part(const Relation& table, const Context& context) {
    return is_partitioned(table) && context.catalog.version.major() < 18;
  }

  void append_parts(const Maker& make, const StagedConstraint& staged, const Relation& referenced,
                    std::vector<Step>& steps) const {
    const Context& context = make.context;
    const PartitionTree tree = partition_tree(context.catalog, staged.table);
    for (const Relation* leaf : tree.leaves) {
      const StagedConstraint part{*leaf,
                                  name_on(*leaf, staged.name, context.catalog),
                                  staged.definition,
                                  staged.columns,
                                  staged.needs,
                                  add_locks(*leaf, referenced, context),
                                  validate_locks(*leaf, referenced, context),
                                  staged.phase};
      for (Step step : {add_not_valid(make, part), validate(make, part)}) {
        step.title += " on " + shown(leaf->name);
        if (!step.undo.sql.empty()) step.undo = undo_exact({drop_if_exists(*leaf, part.name)});
        steps.push_back(std::move(step));
      }
    }
    // What each partition has for the referenced table's triggers goes, and so its lock is strong.
    StagedConstraint whole = staged;
    whole.add_locks = family(context.catalog, referenced, LockMode::kAccessExclusive);
    append(whole.add_locks, family(context.catalog, staged.table, LockMode::kShareRowExclusive));
    Step last = add_plainly(make, whole);
    last.title += fmt::format(" to {}, of those of its partitions", shown(staged.table.name));
    last.scan = false;
    last.undo = undo_exact({drop_if_exists(staged.table, staged.name)});
    steps.push_back(std::move(last));
  }

  static std::string drop_if_exists(const Relation& table, const std::string& name) {
    return alter_table(table.name, "DROP CONSTRAINT IF EXISTS " + sql::quote_identifier(name));
  }

  std::string name_on(const Relation& partition, const std::string& name,
                      const catalog::Catalog& catalog) const {
    if (!partition.constraint(name)) return name;
    return catalog::choose_foreign_key_name(catalog, partition, wanted().columns);
  }

  /// False where it cannot be added part by part.
  bool judge_parts(const Relation& table, const Context& context, Judge& judge) const {
    if (wanted().not_valid) {
      judge.problem(fmt::format("{} is partitioned, and before PostgreSQL 18 its foreign keys "
                                "cannot be NOT VALID",
                                shown(table.name)),
                    "Leave NOT VALID out: it is added to and validated on each partition.");
      return false;
    }
    const PartitionTree tree = partition_tree(context.catalog, table);
    if (!judge_partitions_in_reach(judge, tree, "the foreign key")) return false;
    std::vector<const Relation*> partitions = tree.leaves;
    partitions.insert(partitions.end(), tree.partitioned.begin() + 1, tree.partitioned.end());
    for (const Relation* partition : partitions) {
      for (const catalog::Constraint& key : partition->constraints) {
        if (key.kind != catalog::ConstraintKind::kForeignKey || !key.attached_to.empty() ||
            key.columns != wanted().columns ||
            key.referenced != context.catalog.qualify(wanted().referenced)) {
          continue;
        }
        judge.refuse(
            "foreign-key-on-partition",
            fmt::format("{} of {} is a foreign key on the same columns: PostgreSQL may take it for "
                        "the partition's part, or may not.",
                        key.name, shown(partition->name)),
            "Drop it in an earlier statement; the partition gets it again with the others.");
        return false;
      }
    }
    return true;
  }

  void judge_tables(const Relation& table, const Relation& referenced, const Context& context,
                    Judge& judge) const {
    if (part_by_part(table, context) && !judge_parts(table, context, judge)) return;
    if (is_partitioned(referenced) && context.catalog.version.major() < 18) {
      judge.refuse(
          "foreign-key-to-partitioned-table",
          fmt::format(
              "{} is partitioned: before PostgreSQL 18 VALIDATE CONSTRAINT leaves what the foreign "
              "key has for each "
              "partition NOT VALID, and the plain form reads all of {} while nobody can write to "
              "it.",
              shown(referenced.name), shown(table.name)),
          "Write the foreign key in the migration that creates the referencing table.");
      return;
    }
    if (wanted().on_empty_column) {
      judge.brief_lock(referenced, LockMode::kShareRowExclusive,
                       "The new column is empty, so nothing is checked.");
    } else {
      judge_scan(table, referenced, context, judge);
    }
  }

  void judge_scan(const Relation& table, const Relation& referenced, const Context& context,
                  Judge& judge) const {
    const std::string_view tail =
        part_by_part(table, context)
            ? "Staged: each partition gets it NOT VALID, locked together with the referenced table "
              "for an instant, and is validated under locks that block no reader or writer; then "
              "the partitioned table takes them for its own, which locks all of them for an "
              "instant "
              "more."
        : wanted().not_valid
            ? "It is added NOT VALID as written, both tables locked together."
            : "Staged: both tables are locked together for an instant, NOT VALID; then "
              "validated under locks that block no reader or writer.";
    judge.report(
        {.id = "add-foreign-key-scan",
         .effect = wanted().not_valid
                       ? fmt::format("Nobody can write to {} or to {} while both locks are taken.",
                                     shown(table.name), shown(referenced.name))
                       : fmt::format("Reads all of {} while nobody can write to it or to {}.",
                                     shown(table.name), shown(referenced.name)),
         .remedy = std::string(tail),
         .lock = LockClaim{table.name, LockMode::kShareRowExclusive},
         .scan = !wanted().not_valid});
  }

  void judge_index(const Relation& table, Judge& judge) const {
    if (table.assumed || leads_an_index(table, wanted().columns)) return;
    judge.report(
        {.id = "foreign-key-not-indexed",
         .effect = fmt::format(
             "No index of {} begins with ({}): each DELETE in {}, and each UPDATE of "
             "its key, reads the whole table.",
             shown(table.name), fmt::join(wanted().columns, ", "), shown(wanted().referenced)),
         .remedy = fmt::format("Write CREATE INDEX ON {} ({}); before this statement.",
                               sql::quote(target().name), quoted_list(wanted().columns))});
  }

  static std::vector<plan::Touch> needs(const Relation& referenced,
                                        const std::vector<std::string>& columns) {
    std::vector<plan::Touch> touches{touch_relation(plan::Touch::How::kNeeds, referenced.name)};
    for (const std::string& column : columns) {
      touches.push_back(touch_column(plan::Touch::How::kNeeds, referenced.name, column));
    }
    return touches;
  }

  /// The referenced table first: while its lock is awaited, none is held on the other.
  static std::vector<LockClaim> add_locks(const Relation& table, const Relation& referenced,
                                          const Context& context) {
    std::vector<LockClaim> locks =
        family(context.catalog, referenced, LockMode::kShareRowExclusive);
    append(locks, family(context.catalog, table, LockMode::kShareRowExclusive));
    return locks;
  }

  static std::vector<LockClaim> validate_locks(const Relation& table, const Relation& referenced,
                                               const Context& context) {
    std::vector<LockClaim> locks = family(context.catalog, referenced, LockMode::kRowShare);
    append(locks, family(context.catalog, table, LockMode::kShareUpdateExclusive));
    return locks;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const ConstraintDef& wanted,
                                         const Origin& origin) {
  return one(std::make_unique<AddForeignKey>(table, wanted, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_foreign_key", problems);
  const TableTarget table = yaml_table(fields, problems);
  ConstraintDef wanted = yaml_foreign_key(fields, problems);
  wanted.not_valid = fields.boolean("not_valid").value_or(false);
  fields.finish();
  return one(std::make_unique<AddForeignKey>(table, std::move(wanted), origin));
}

}  // namespace lockstep::operations::add_foreign_key
