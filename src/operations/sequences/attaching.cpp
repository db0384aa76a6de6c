#include "sequences/attaching.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "support/partition_bounds.h"
#include "support/partitions.h"

namespace lockstep::operations {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::LockClaim;
using plan::Step;
using sql::PartitionBound;

namespace {

std::string drop_helper_sql(const catalog::QualifiedName& table, const std::string& helper) {
  return alter_table(table, "DROP CONSTRAINT IF EXISTS " + sql::quote_identifier(helper));
}

/// The default partition, where its rows could belong to the new one.
const Relation* rival(const Context& context, const Attaching& what) {
  if (what.bound.kind == PartitionBound::Kind::kDefault) return nullptr;
  return default_partition(context.catalog, what.table);
}

}  // namespace

Attaching attaching(const Operation& operation, const Relation& table,
                    const catalog::QualifiedName& partition, const PartitionBound& bound) {
  return {table, partition, bound, bound_condition(table, bound),
          catalog::helper_name(operation.origin().migration, 1, partition.name + "_bound")};
}

bool judge_bound(Judge& judge, const Context& context, const Attaching& what) {
  if (!is_partitioned(what.table)) {
    judge.problem(fmt::format("{} is not partitioned", shown(what.table.name)),
                  "Check the name: partitions belong to a table made with PARTITION BY.");
    return false;
  }
  if (what.bound.kind == PartitionBound::Kind::kDefault && what.table.has_default_partition) {
    judge.problem(fmt::format("{} has a default partition already", shown(what.table.name)));
    return false;
  }
  const auto refuse = [&](const std::string& effect, const std::string& remedy) {
    judge.refuse("attach-partition-form", effect, remedy);
    return false;
  };
  if (what.table.has_default_partition && !rival(context, what)) {
    return refuse(fmt::format("The default partition of {} lies in another schema, and would be "
                              "read under a lock that blocks everybody.",
                              shown(what.table.name)),
                  "Move it into the schema of its table first.");
  }
  if (what.table.has_default_partition && !what.condition) {
    return refuse(fmt::format("No CHECK can be derived that spares the default partition of {} "
                              "from being read under a lock that blocks everybody.",
                              shown(what.table.name)),
                  "Write the values as plain literals; a key of expressions has no such form.");
  }
  for (const Constraint& key : what.table.constraints) {
    if (key.kind == ConstraintKind::kForeignKey && key.referenced == what.table.name) {
      return refuse(fmt::format("The foreign key {} of {} references the table itself: each "
                                "partition that comes locks all others.",
                                key.name, shown(what.table.name)),
                    "Write an `sql` operation that declares the locks on all partitions.");
    }
  }
  return true;
}

void judge_default(Judge& judge, const Context& context, const Attaching& what) {
  const Relation* other = rival(context, what);
  if (!other) return;
  judge.report(
      {.id = "attach-partition-reads-default",
       .effect = fmt::format("Reads all of {} while nobody can read or write it, and every query "
                             "on {} waits for it too.",
                             shown(other->name), shown(what.table.name)),
       .remedy = "Staged: a CHECK that none of its rows belongs to the new partition is added NOT "
                 "VALID and validated first, and dropped afterwards; then the lock is brief.",
       .lock = LockClaim{other->name, LockMode::kAccessExclusive},
       .scan = true});
}

std::vector<Step> prove_bound(const Maker& make, Phase natural, const Attaching& what,
                              const Relation& of, const sql::Expr& condition) {
  const StagedConstraint staged{of,
                                what.helper,
                                fmt::format("CHECK ({})", condition.text),
                                condition.columns,
                                {},
                                family(make.context.catalog, of, LockMode::kAccessExclusive),
                                family(make.context.catalog, of, LockMode::kShareUpdateExclusive),
                                natural};
  std::vector<Step> steps;
  steps.push_back(check_satisfied(make, natural, of, condition, what.helper));
  auto& question = std::get<plan::CheckBody>(steps.back().body);
  steps.back().title = fmt::format("check the rows of {} against the bounds of {}", shown(of.name),
                                   shown(what.partition));
  question.failure =
      of.name == what.partition
          ? fmt::format("{} has rows that lie outside of its bounds", shown(of.name))
          : fmt::format("{} has rows that belong to {}", shown(of.name), shown(what.partition));
  question.hint = fmt::format("Move or delete them first; all must be: {}.", condition.text);
  steps.push_back(add_not_valid(make, staged));
  steps.back().undo = undo_exact({drop_helper_sql(of.name, what.helper)});
  steps.push_back(validate(make, staged));
  return steps;
}

std::vector<Step> prove_default(const Maker& make, Phase natural, const Attaching& what) {
  const Relation* other = rival(make.context, what);
  if (!other || !what.condition) return {};
  return prove_bound(make, natural, what, *other, negated(*what.condition));
}

std::string attach_sql(const Attaching& what) {
  return alter_table(what.table.name, fmt::format("ATTACH PARTITION {} {}",
                                                  sql::quote(what.partition), what.bound.text));
}

std::vector<std::string> drop_default_helper(const Context& context, const Attaching& what) {
  const Relation* other = rival(context, what);
  if (!other || !what.condition) return {};
  return {alter_table(other->name, "DROP CONSTRAINT " + sql::quote_identifier(what.helper))};
}

std::vector<LockClaim> attach_locks(const Context& context, const Attaching& what,
                                    bool keys_there) {
  std::vector<LockClaim> locks;
  for (const Constraint& key : what.table.constraints) {
    if (key.kind != ConstraintKind::kForeignKey) continue;
    append(locks, family(context.catalog, key.referenced,
                         keys_there ? LockMode::kAccessExclusive : LockMode::kShareRowExclusive));
  }
  for (const catalog::ReferencingKey& key : what.table.referenced_by) {
    append(locks, family(context.catalog, key.table, LockMode::kShareRowExclusive));
  }
  locks.push_back({what.table.name, LockMode::kShareUpdateExclusive});
  if (const Relation* other = rival(context, what))
    append(locks, family(context.catalog, *other, LockMode::kAccessExclusive));
  return locks;
}

void lock_itself(std::vector<LockClaim>& lock_first, const catalog::QualifiedName& table) {
  std::erase_if(lock_first, [&](const LockClaim& claim) { return claim.relation == table; });
}

}  // namespace lockstep::operations
