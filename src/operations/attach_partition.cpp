#include "attach_partition.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/attaching.h"
#include "sequences/constraint.h"
#include "sequences/detaching.h"
#include "sequences/index_build.h"
#include "support/fold_partitions.h"
#include "support/foreign_keys.h"
#include "support/index_names.h"
#include "support/list.h"
#include "support/partition_action.h"
#include "support/partition_bounds.h"
#include "support/partitioned_index.h"
#include "support/partitions.h"
#include "support/unique_constraints.h"

namespace lockstep::operations::attach_partition {

using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// The partition's own index that PostgreSQL takes for the table's.
const Index* counterpart(const Relation& partition, const IndexShape& shape) {
  const auto found =
      std::find_if(partition.indexes.begin(), partition.indexes.end(), [&](const Index& own) {
        return can_be_attached(own, shape) && likeness(own, shape) == Likeness::kSame;
      });
  return found == partition.indexes.end() ? nullptr : &*found;
}

bool has_key(const Relation& partition, const Constraint& key) {
  return std::any_of(partition.constraints.begin(), partition.constraints.end(),
                     [&](const Constraint& own) {
                       return own.kind == ConstraintKind::kForeignKey && own.validated &&
                              own.definition == key.definition && !key.definition.empty();
                     });
}

class AttachPartition final : public PartitionAction<sql::AttachPartition> {
 public:
  using PartitionAction::PartitionAction;

  std::string_view name() const noexcept override { return "attach_partition"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto both = judge_both(judge, context);
    const Relation *table = both.table, *partition = both.partition;
    if (!both) return judge.take();
    const Attaching what = attaching(*this, *table, partition->name, action().bound);
    if (table->assumed || partition->assumed) {
      report(judge, *table, *partition);
      return judge.take();
    }
    if (!judge_partition(judge, *partition) || !judge_bound(judge, context, what) ||
        !judge_shape(judge, *table, *partition)) {
      return judge.take();
    }
    judge_default(judge, context, what);
    if (is_new(*partition, *this, context)) {
      judge.brief_lock(*table, LockMode::kShareUpdateExclusive, "The new table is empty.");
      return judge.take();
    }
    if (!what.condition) {
      judge.refuse("attach-partition-form",
                   fmt::format("No CHECK can be derived from {}, so all of {} would be read while "
                               "nobody can read or write it.",
                               action().bound.text, shown(partition->name)),
                   "Attach it in the migration that creates it, while it is empty; then fill it.");
      return judge.take();
    }
    report(judge, *table, *partition);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const auto both = find(context.catalog);
    const Relation *table = both.table, *partition = both.partition;
    if (!both) return {};
    const Maker make{*this, context};
    const Attaching what = attaching(*this, *table, partition->name, action().bound);
    const bool fresh = is_new(*partition, *this, context);
    if (!fresh && !what.condition) return {};
    std::vector<Step> steps;
    const auto add = [&](std::vector<Step> more) {
      for (Step& step : more) steps.push_back(std::move(step));
    };
    if (!fresh) {
      add(prove_bound(make, Phase::kExpand, what, *partition, *what.condition));
      add(build_indexes(make, *table, *partition));
      add(add_keys(make, *table, *partition));
    }
    add(prove_default(make, Phase::kExpand, what));
    std::vector<std::string> sql{attach_sql(what)};
    if (!fresh) {
      sql.push_back(
          alter_table(partition->name, "DROP CONSTRAINT " + sql::quote_identifier(what.helper)));
    }
    for (std::string& drop : drop_default_helper(context, what)) sql.push_back(std::move(drop));
    const bool has_keys = std::any_of(
        table->constraints.begin(), table->constraints.end(), [&](const Constraint& key) {
          return key.kind == ConstraintKind::kForeignKey && has_key(*partition, key);
        });
    std::vector<plan::LockClaim> locks = attach_locks(context, what, has_keys || !fresh);
    locks.push_back({partition->name, LockMode::kAccessExclusive});
    Step step = make.transaction(
        Phase::kExpand, fmt::format("attach {} to {}", shown(partition->name), shown(table->name)),
        std::move(sql), locks,
        undo_exact({alter_table(table->name, "DETACH PARTITION " + sql::quote(partition->name))}),
        {touch_relation(How::kNeeds, table->name), touch_relation(How::kChanges, partition->name),
         touch_rows(table->name)});
    lock_itself(std::get<plan::TransactionBody>(step.body).lock_first, table->name);
    // The partitioned table first, and none of its other partitions.
    step.undo.locks = merge(detach_locks(context, *table, *partition));
    step.scan = fresh;
    steps.push_back(std::move(step));
    std::vector<plan::LockClaim> plain = attach_locks(context, what, has_keys);
    plain.push_back({partition->name, LockMode::kAccessExclusive});
    if (steps.size() > 1) {
      attach_direct(steps, 0, steps.size() - 1, {attach_sql(what)}, plain, partition->name,
                    context);
      if (steps.front().direct) lock_itself(steps.front().direct->lock_first, table->name);
    }
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    fold_attach_partition(catalog, target().name, action().partition, action().bound);
  }

  std::string describe() const override {
    return fmt::format("attach_partition table={} partition={} bound={}", shown(target().name),
                       shown(action().partition), action().bound.text);
  }

 private:
  static void report(Judge& judge, const Relation& table, const Relation& partition) {
    judge.report(
        {.id = "attach-partition-scan",
         .effect = fmt::format("Reads all of {}, and builds each index of {} that it lacks, while "
                               "nobody can read or write it.",
                               shown(partition.name), shown(table.name)),
         .remedy = "Staged: a CHECK of the bounds is validated first, missing indexes are built "
                   "concurrently, missing foreign keys added and validated; then it is attached "
                   "in an instant, and the CHECK dropped.",
         .lock = plan::LockClaim{partition.name, LockMode::kAccessExclusive},
         .scan = true});
  }

  static bool judge_partition(Judge& judge, const Relation& partition) {
    if (partition.parent) {
      judge.problem(fmt::format("{} is a partition, or an inheritance child, of {} already",
                                shown(partition.name), shown(*partition.parent)));
      return false;
    }
    if (is_partitioned(partition) || !partition.partitions.empty()) {
      judge.refuse("attach-partition-form",
                   fmt::format("{} has partitions or children of its own.", shown(partition.name)),
                   "Attach it while it has none, then its partitions to it.");
      return false;
    }
    return true;
  }

  /// What PostgreSQL wants of it before all else: the same columns, and the table's CHECKs.
  static bool judge_shape(Judge& judge, const Relation& table, const Relation& partition) {
    bool fine = true;
    const auto differs = [&](const std::string& message, const std::string& remedy) {
      judge.problem(message, remedy);
      fine = false;
    };
    for (const Column& column : table.columns) {
      const Column* own = partition.column(column.name);
      if (!own) {
        differs(fmt::format("{} has no column {}", shown(partition.name), column.name),
                "A partition has the columns of its table; add it first.");
      } else if (own->type != column.type || own->collation != column.collation ||
                 own->generated != column.generated) {
        differs(fmt::format("{}.{} is {}, and {}.{} is {}, or they differ in collation or how they "
                            "are generated",
                            shown(partition.name), own->name, own->type, shown(table.name),
                            column.name, column.type),
                "A partition has the columns of its table.");
      } else if (column.not_null && !own->not_null) {
        differs(fmt::format("{}.{} is nullable, and {}.{} is NOT NULL", shown(partition.name),
                            own->name, shown(table.name), column.name),
                fmt::format("Write ALTER TABLE {} ALTER COLUMN {} SET NOT NULL; before it.",
                            sql::quote(partition.name), sql::quote_identifier(own->name)));
      }
    }
    for (const Column& own : partition.columns) {
      if (!table.column(own.name)) {
        differs(fmt::format("{} has a column {}, which {} has not", shown(partition.name), own.name,
                            shown(table.name)),
                "Drop it, or add it to the partitioned table, first.");
      }
    }
    for (const Constraint& check : table.constraints) {
      const Constraint* own = partition.constraint(check.name);
      if (check.kind != ConstraintKind::kCheck || (own && own->kind == ConstraintKind::kCheck))
        continue;
      differs(fmt::format("{} lacks the CHECK {} of {}", shown(partition.name), check.name,
                          shown(table.name)),
              "Add a CHECK of that name, with the same condition, to it first.");
    }
    return fine && judge_indexes(judge, table, partition);
  }

  static bool judge_indexes(Judge& judge, const Relation& table, const Relation& partition) {
    for (const Index& index : table.indexes) {
      const std::optional<IndexShape> shape = shape_of(index);
      const bool unclear =
          shape && !counterpart(partition, *shape) &&
          std::any_of(partition.indexes.begin(), partition.indexes.end(), [&](const Index& own) {
            return can_be_attached(own, *shape) && likeness(own, *shape) == Likeness::kUnclear;
          });
      if (shape && !index.exclusion && !unclear) continue;
      judge.refuse("partition-index-unclear",
                   fmt::format("What {} needs for {} of {} only the server can tell.",
                               shown(partition.name), index.name, shown(table.name)),
                   "Attach it in a later migration than the one that makes these indexes.");
      return false;
    }
    return true;
  }

  static std::vector<Step> build_indexes(const Maker& make, const Relation& table,
                                         const Relation& partition) {
    std::vector<Step> steps;
    catalog::Catalog named = make.context.catalog;
    for (const Index& index : table.indexes) {
      const std::optional<IndexShape> shape = shape_of(index);
      const std::optional<std::string> tail = tail_of(index);
      if (!shape || !tail || counterpart(partition, *shape)) continue;
      Relation& copy = *named.find(partition.name);
      const std::string name = catalog::choose_index_name(
          named, copy, index_column_names(shape->elements, shape->include), shape->role);
      copy.indexes.push_back(index);
      copy.indexes.back().name = name;
      const std::vector<std::string> uses(index.uses.begin(), index.uses.end());
      if (shape->unique) {
        UniqueKey key{partition, {}, uses, {}, !shape->nulls_not_distinct};
        for (const sql::IndexElement& element : shape->elements) {
          key.expressions.push_back(element.column ? sql::quote_identifier(*element.column)
                                                   : element.expression->text);
        }
        if (shape->predicate) key.predicate = shape->predicate->text;
        steps.push_back(check_no_duplicates(make, Phase::kExpand, key));
      }
      steps.push_back(build_concurrently(
          make, Phase::kExpand, {partition, name, shape->method, *tail, shape->unique, uses}));
      if (const Constraint* constraint = table.constraint(index.constraint)) {
        steps.push_back(adopt_index(make, Phase::kExpand, partition, name, name,
                                    definition_of(*constraint, *shape)));
      }
    }
    return steps;
  }

  static sql::ConstraintDef definition_of(const Constraint& constraint, const IndexShape& shape) {
    sql::ConstraintDef wanted;
    wanted.kind = constraint.kind == ConstraintKind::kPrimaryKey
                      ? sql::ConstraintDef::Kind::kPrimaryKey
                      : sql::ConstraintDef::Kind::kUnique;
    wanted.columns = constraint.columns;
    wanted.include = shape.include;
    wanted.deferrable = constraint.deferrable;
    wanted.initially_deferred =
        constraint.definition.find("INITIALLY DEFERRED") != std::string::npos;
    return wanted;
  }

  static std::vector<Step> add_keys(const Maker& make, const Relation& table,
                                    const Relation& partition) {
    std::vector<Step> steps;
    const catalog::Catalog& catalog = make.context.catalog;
    for (const Constraint& key : table.constraints) {
      const Relation* referenced = catalog.find(key.referenced);
      if (key.kind != ConstraintKind::kForeignKey || !referenced || has_key(partition, key))
        continue;
      const std::string name = partition.constraint(key.name) ? catalog::choose_foreign_key_name(
                                                                    catalog, partition, key.columns)
                                                              : key.name;
      std::vector<plan::LockClaim> add = family(catalog, *referenced, LockMode::kShareRowExclusive);
      add.push_back({partition.name, LockMode::kShareRowExclusive});
      std::vector<plan::LockClaim> check = family(catalog, *referenced, LockMode::kRowShare);
      check.push_back({partition.name, LockMode::kShareUpdateExclusive});
      const StagedConstraint staged{
          partition, name,          with_referenced_schema(key), key.columns, {}, add,
          check,     Phase::kExpand};
      steps.push_back(check_no_orphans(make, Phase::kExpand,
                                       {partition, key.columns, *referenced, key.referenced_columns,
                                        key.definition.find("MATCH FULL") != std::string::npos}));
      steps.push_back(add_not_valid(make, staged));
      steps.push_back(validate(make, staged));
    }
    return steps;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::AttachPartition& action, const Origin& origin) {
  return one(std::make_unique<AttachPartition>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation attach_partition", problems);
  sql::AttachPartition action;
  TableTarget table = yaml_partition(fields, action, problems);
  action.bound = yaml_bound(fields, problems).value_or(sql::PartitionBound{});
  fields.finish();
  return one(std::make_unique<AttachPartition>(std::move(table), std::move(action), origin));
}

}  // namespace lockstep::operations::attach_partition
