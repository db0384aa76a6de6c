#include "cluster_on.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alone.h"
#include "support/list.h"
#include "support/table_action.h"
#include "support/yaml.h"

// Expand: it says by which index a later CLUSTER would go, and does nothing.

namespace lockstep::operations::cluster_on {

using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

std::string clause(const std::optional<std::string>& index) {
  return index ? "CLUSTER ON " + sql::quote_identifier(*index) : "SET WITHOUT CLUSTER";
}

class ClusterOn final : public TableAction {
 public:
  ClusterOn(TableTarget table, sql::ClusterOn action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "cluster_on"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    if (action_.index && !table->index(*action_.index) && !table->assumed) {
      judge.problem(fmt::format("{} has no index {}", shown(table->name), *action_.index),
                    "Check the name, and that an earlier statement creates it.");
    }
    judge.brief_lock(*table, LockMode::kShareUpdateExclusive, "No row is read or moved.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table || clustered(*table) == action_.index) return {};
    const Maker make{*this, context};
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table->name),
                                     {How::kChanges, "cluster index", table->name, {}}};
    if (action_.index) {
      touches.push_back(touch_index(How::kNeeds, {table->name.schema, *action_.index}));
    }
    std::vector<Step> steps;
    steps.push_back(alone(
        make.transaction(
            Phase::kExpand,
            action_.index ? fmt::format("mark {} as what CLUSTER goes by", *action_.index)
                          : fmt::format("mark no index of {} for CLUSTER", shown(table->name)),
            {alter_table(table->name, clause(action_.index))},
            {{table->name, LockMode::kShareUpdateExclusive}},
            undo_exact({alter_table(table->name, clause(clustered(*table)))}), std::move(touches)),
        *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    for (Index& index : table->indexes) index.clustered = action_.index == index.name;
  }

  std::string describe() const override {
    return fmt::format("cluster_on table={} {}", shown(target().name), clause(action_.index));
  }

 private:
  static std::optional<std::string> clustered(const Relation& table) {
    for (const Index& index : table.indexes) {
      if (index.clustered) return index.name;
    }
    return std::nullopt;
  }

  sql::ClusterOn action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::ClusterOn& action,
                                         const Origin& origin) {
  return one(std::make_unique<ClusterOn>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation cluster_on", problems);
  const TableTarget table = yaml_table(fields, problems);
  sql::ClusterOn action;
  if (fields.node("index") != nullptr) action.index = yaml_identifier(fields, "index", problems);
  fields.finish();
  return from_statement(table, action, origin);
}

}  // namespace lockstep::operations::cluster_on
