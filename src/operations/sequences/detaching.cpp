#include "sequences/detaching.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/index_build.h"
#include "support/partitions.h"

namespace lockstep::operations {

using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::LockClaim;
using plan::Step;
using How = plan::Touch::How;

namespace {

std::string drop_check_sql(const Relation& partition, const std::string& check) {
  return alter_table(partition.name, "DROP CONSTRAINT IF EXISTS " + sql::quote_identifier(check));
}

plan::Undo attach_again(const Relation& table, const Relation& partition,
                        std::vector<std::string> afterwards) {
  if (partition.partition_bound.empty())
    return undo_none(fmt::format("the bounds of {}", shown(partition.name)));
  std::vector<std::string> sql{
      alter_table(table.name, fmt::format("ATTACH PARTITION {} {}", sql::quote(partition.name),
                                          partition.partition_bound))};
  sql.insert(sql.end(), afterwards.begin(), afterwards.end());
  return undo_exact(std::move(sql));
}

std::vector<plan::Touch> touches(const Relation& table, const Relation& partition) {
  return {touch_relation(How::kNeeds, table.name), touch_relation(How::kChanges, partition.name),
          touch_rows(table.name)};
}

Step detach_concurrently(const Maker& make, const Relation& table, const Relation& partition,
                         plan::Undo undo) {
  const std::string statement = detach_sql(table, partition);
  plan::ConcurrentBody body;
  body.sql = statement + " CONCURRENTLY";
  body.kind = plan::ConcurrentBody::Kind::kDetachPartition;
  body.index = partition.name;
  body.table = table.name;
  Step step = make.concurrent(
      Phase::kContract,
      fmt::format("detach {} from {}, concurrently", shown(partition.name), shown(table.name)),
      std::move(body),
      {{table.name, LockMode::kShareUpdateExclusive}, {partition.name, LockMode::kAccessExclusive}},
      std::move(undo), touches(table, partition));
  step.scan = false;
  step.done_when = partition_is_detached(table.name, partition.name);
  step.cleanup = {statement + " FINALIZE"};
  return step;
}

}  // namespace

std::string why_not_concurrently(const Relation& table) {
  if (table.has_default_partition)
    return "has a default partition, beside which PostgreSQL detaches none concurrently";
  const bool refers = std::any_of(table.constraints.begin(), table.constraints.end(),
                                  [](const catalog::Constraint& constraint) {
                                    return constraint.kind == ConstraintKind::kForeignKey;
                                  });
  if (refers || !table.referenced_by.empty())
    return "has foreign keys from or to other tables, on which DETACH CONCURRENTLY waits for "
           "strong "
           "locks without end";
  return {};
}

std::string detach_sql(const Relation& table, const Relation& partition) {
  return alter_table(table.name, "DETACH PARTITION " + sql::quote(partition.name));
}

std::string left_check_name(const catalog::Catalog& catalog, const Relation& table,
                            const Relation& partition) {
  return catalog::choose_check_name(catalog, partition, table.partition_key);
}

std::vector<LockClaim> detach_locks(const Context& context, const Relation& table,
                                    const Relation& partition) {
  std::vector<LockClaim> locks;
  for (const catalog::Constraint& key : table.constraints) {
    if (key.kind == ConstraintKind::kForeignKey)
      append(locks, family(context.catalog, key.referenced, LockMode::kShareRowExclusive));
  }
  for (const catalog::ReferencingKey& key : table.referenced_by) {
    append(locks, family(context.catalog, key.table, LockMode::kAccessExclusive));
  }
  locks.push_back({table.name, LockMode::kAccessExclusive});
  if (const Relation* other = default_partition(context.catalog, table))
    locks.push_back({other->name, LockMode::kAccessExclusive});
  locks.push_back({partition.name, LockMode::kAccessExclusive});
  return locks;
}

std::vector<Step> detach_steps(const Maker& make, const Relation& table, const Relation& partition,
                               DetachForm form) {
  const Context& context = make.context;
  const std::string note = "is contract because the deployed application may need its rows";
  std::vector<Step> steps;
  const std::vector<LockClaim> plain = detach_locks(context, table, partition);
  if (!why_not_concurrently(table).empty()) {
    Step step =
        make.transaction(Phase::kContract,
                         fmt::format("detach {} from {}", shown(partition.name), shown(table.name)),
                         {detach_sql(table, partition)}, plain, attach_again(table, partition, {}),
                         touches(table, partition));
    // The partitioned table first, and none of its other partitions.
    std::get<plan::TransactionBody>(step.body).lock_first.clear();
    step.note = note;
    steps.push_back(std::move(step));
    return steps;
  }
  const std::string check = left_check_name(context.catalog, table, partition);
  steps.push_back(detach_concurrently(
      make, table, partition, attach_again(table, partition, {drop_check_sql(partition, check)})));
  steps.back().note = note;
  if (form == DetachForm::kConcurrently) return steps;
  steps.push_back(make.transaction(
      Phase::kContract, fmt::format("drop the check that is left on {}", shown(partition.name)),
      {drop_check_sql(partition, check)},
      family(context.catalog, partition, LockMode::kAccessExclusive), undo_exact(),
      {touch_constraint(How::kDrops, partition.name, check)}));
  attach_direct(steps, 0, 1, {detach_sql(table, partition)}, plain, partition.name, context);
  if (steps.front().direct) steps.front().direct->lock_first.clear();
  return steps;
}

}  // namespace lockstep::operations
