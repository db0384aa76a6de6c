#include "detach_partition.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "sequences/detaching.h"
#include "support/fold_partitions.h"
#include "support/list.h"
#include "support/partition_action.h"
#include "support/partitions.h"

namespace lockstep::operations::detach_partition {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DetachPartition final : public PartitionAction<sql::DetachPartition> {
 public:
  using PartitionAction::PartitionAction;

  std::string_view name() const noexcept override { return "detach_partition"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto both = judge_both(judge, context);
    const Relation *table = both.table, *partition = both.partition;
    if (!both || table->assumed || partition->assumed) return judge.take();
    if (!is_partitioned(*table) || partition->parent != table->name) {
      judge.problem(
          fmt::format("{} is no partition of {}", shown(partition->name), shown(table->name)),
          "Check both names; \\d+ in psql lists a table's partitions.");
      return judge.take();
    }
    const std::string why_not = why_not_concurrently(*table);
    if (action().concurrently && !why_not.empty()) {
      judge.refuse("detach-partition-blocks-all",
                   fmt::format("{} {}.", shown(table->name), why_not),
                   "Leave CONCURRENTLY out: it is detached in one short transaction.");
      return judge.take();
    }
    report(judge, *table, *partition);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const auto both = find(context.catalog);
    const Relation *table = both.table, *partition = both.partition;
    if (!both || partition->parent != table->name) return {};
    return detach_steps(Maker{*this, context}, *table, *partition, form());
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    if (phase != phase_of(*this, Context{catalog}, Phase::kContract)) return;
    const auto both = find(catalog);
    const Relation *table = both.table, *partition = both.partition;
    if (!both || partition->parent != table->name) return;
    const std::string check = left_check_name(catalog, *table, *partition);
    const std::vector<std::string> key = table->partition_key;
    const catalog::QualifiedName name = partition->name;
    fold_detach_partition(catalog, name);
    if (form() == DetachForm::kPlain) return;
    catalog::Constraint left;
    left.name = check;
    left.columns = key;
    left.check = sql::Expr{};
    catalog.find(name)->constraints.push_back(std::move(left));
  }

  std::string describe() const override {
    return fmt::format("detach_partition table={} partition={}{}", shown(target().name),
                       shown(action().partition), action().concurrently ? " concurrently" : "");
  }

 private:
  DetachForm form() const {
    return action().concurrently ? DetachForm::kConcurrently : DetachForm::kPlain;
  }

  void report(Judge& judge, const Relation& table, const Relation& partition) const {
    const bool concurrently = why_not_concurrently(table).empty();
    judge.report(
        {.id = "detach-partition-blocks-all",
         .verdict = action().concurrently || !concurrently ? plan::Verdict::kInstant
                                                           : plan::Verdict::kExpanded,
         .effect =
             action().concurrently
                 ? fmt::format("Waits for every query on {} that began before it; the rows of {} "
                               "are then gone from it.",
                               shown(table.name), shown(partition.name))
                 : fmt::format(
                       "Nobody can read or write {} while the lock is awaited and held; the "
                       "rows of {} are then gone from it.",
                       shown(table.name), shown(partition.name)),
         .remedy = concurrently
                       ? std::string(
                             "It is detached concurrently, in contract, and finished with FINALIZE "
                             "where that was interrupted.")
                       : fmt::format("It happens in contract, in one short transaction: {} {}.",
                                     shown(table.name), why_not_concurrently(table)),
         .lock = plan::LockClaim{table.name, action().concurrently ? LockMode::kShareUpdateExclusive
                                                                   : LockMode::kAccessExclusive}});
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::DetachPartition& action, const Origin& origin) {
  return one(std::make_unique<DetachPartition>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation detach_partition", problems);
  sql::DetachPartition action;
  TableTarget table = yaml_partition(fields, action, problems);
  fields.finish();
  return one(std::make_unique<DetachPartition>(std::move(table), std::move(action), origin));
}

}  // namespace lockstep::operations::detach_partition
