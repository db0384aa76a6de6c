#include "set_storage_parameters.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sequences/steps.h"
#include "support/list.h"
#include "support/parameters.h"
#include "support/table_action.h"
#include "support/yaml.h"

// Expand: how rows are stored from now on, and when autovacuum comes, is nothing that an
// application could notice.

namespace lockstep::operations::set_storage_parameters {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::StorageParameter;

namespace {

/// Of tables, with a lock that blocks no reader or writer (reloptions.c); on every server from 14
/// on.
constexpr std::array<std::string_view, 22> kKnown{
    "autovacuum_analyze_scale_factor",
    "autovacuum_analyze_threshold",
    "autovacuum_enabled",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_table_age",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold",
    "fillfactor",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "user_catalog_table",
    "vacuum_index_cleanup",
    "vacuum_truncate",
};

/// Plans of queries hold what logical decoding may see.
constexpr std::string_view kStrong = "user_catalog_table";

bool is_known(const std::string& name) {
  return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

class SetStorageParameters final : public TableAction {
 public:
  SetStorageParameters(TableTarget table, sql::StorageParameters action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "set_storage_parameters"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    if (table->kind == catalog::RelationKind::kPartitionedTable) {
      judge.problem(fmt::format("{} is partitioned and stores nothing itself", shown(table->name)),
                    "Set the parameters of each partition.");
      return judge.take();
    }
    for (const StorageParameter& parameter : action_.parameters) {
      if (is_known(parameter.name)) continue;
      judge.refuse(
          "unknown-statement",
          fmt::format("Lockstep does not know storage parameter {} of tables, and what its "
                      "change locks.",
                      parameter.name),
          "Check the name, or write the statement as an `sql` operation with declared "
          "locks in a YAML migration.");
    }
    judge.brief_lock(*table, lock(), "No row is read or written.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Maker make{*this, context};
    std::vector<plan::Touch> touches{touch_relation(plan::Touch::How::kNeeds, table->name)};
    for (const StorageParameter& parameter : action_.parameters) {
      touches.push_back(
          {plan::Touch::How::kChanges, "storage parameter", table->name, parameter.name});
    }
    const std::vector<plan::LockClaim> locks{{table->name, lock()}};
    std::vector<Step> steps;
    steps.push_back(make.transaction(Phase::kExpand,
                                     fmt::format("{} {} of {}", action_.reset ? "reset" : "set",
                                                 fmt::join(names(), ", "), shown(table->name)),
                                     {alter_table(table->name, clause())}, locks,
                                     undo_exact(undo_sql(*table)), std::move(touches)));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    table->options = after(table->options);
  }

  std::string describe() const override {
    return fmt::format("set_storage_parameters table={} {}", shown(target().name), clause());
  }

 private:
  std::vector<std::string> names() const { return parameter_names(action_.parameters); }

  std::string clause() const {
    const std::vector<std::string> written = parameter_texts(action_.parameters);
    return action_.reset ? reset_clause(written) : set_clause(written);
  }

  LockMode lock() const {
    const std::vector<std::string> all = names();
    return std::find(all.begin(), all.end(), kStrong) == all.end() ? LockMode::kShareUpdateExclusive
                                                                   : LockMode::kAccessExclusive;
  }

  std::vector<std::string> after(const std::vector<std::string>& options) const {
    return options_after(options, action_.reset, action_.parameters);
  }

  std::vector<std::string> undo_sql(const Relation& table) const {
    std::vector<std::string> sql;
    for (const std::string& clause : clauses_back(table.options, after(table.options))) {
      sql.push_back(alter_table(table.name, clause));
    }
    return sql;
  }

  sql::StorageParameters action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::StorageParameters& action,
                                         const Origin& origin) {
  return one(std::make_unique<SetStorageParameters>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_storage_parameters", problems);
  const TableTarget table = yaml_table(fields, problems);
  std::vector<OperationPtr> operations;
  sql::StorageParameters set;
  if (const text::Node* node = fields.node("set")) {
    for (const text::Node::Entry& entry : node->entries()) {
      set.parameters.push_back({entry.key, entry.value.scalar()});
    }
    if (set.parameters.empty()) fields.problem("set", "set must map parameters to values");
  }
  sql::StorageParameters reset{true, {}};
  for (const std::string& parameter : fields.texts("reset")) {
    reset.parameters.push_back({parameter, {}});
  }
  fields.finish();
  if (set.parameters.empty() && reset.parameters.empty()) {
    problems.push_back(
        {parameters.where(), "operation set_storage_parameters needs set or reset", {}});
    return {};
  }
  if (!set.parameters.empty()) append(operations, from_statement(table, set, origin));
  if (!reset.parameters.empty()) append(operations, from_statement(table, reset, origin));
  return operations;
}

}  // namespace lockstep::operations::set_storage_parameters
