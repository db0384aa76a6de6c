#include "set_replica_identity.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alone.h"
#include "support/alternatives.h"
#include "support/list.h"
#include "support/table_action.h"
#include "support/yaml.h"

// Expand: it says what is written about changed rows for subscribers, and no query notices.

namespace lockstep::operations::set_replica_identity {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class SetReplicaIdentity final : public TableAction {
 public:
  SetReplicaIdentity(TableTarget table, sql::ReplicaIdentity action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "set_replica_identity"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    if (by_index() && !table->assumed) judge_index(judge, *table);
    if (action_.identity == 'n' && !table->publications.empty()) {
      judge.refuse(
          "replica-identity-nothing",
          fmt::format("{} is published: without a replica identity every UPDATE and DELETE "
                      "of it fails.",
                      shown(table->name)),
          "Take it out of the publication first, or write another identity.");
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table || table->replica_identity == identity()) return {};
    const Maker make{*this, context};
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table->name),
                                     {How::kChanges, "replica identity", table->name, {}}};
    if (by_index()) {
      touches.push_back(touch_index(How::kNeeds, {table->name.schema, action_.index}));
    }
    std::vector<Step> steps;
    steps.push_back(alone(
        make.transaction(
            Phase::kExpand, fmt::format("set the replica identity of {}", shown(table->name)),
            {alter_table(table->name, "REPLICA IDENTITY " + identity())},
            {{table->name, LockMode::kAccessExclusive}},
            undo_exact({alter_table(table->name, "REPLICA IDENTITY " + table->replica_identity)}),
            std::move(touches)),
        *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    table->replica_identity = identity();
  }

  std::string describe() const override {
    return fmt::format("set_replica_identity table={} {}", shown(target().name), identity());
  }

 private:
  bool by_index() const { return action_.identity == 'i'; }

  std::string identity() const {
    switch (action_.identity) {
      case 'f':
        return "FULL";
      case 'n':
        return "NOTHING";
      case 'i':
        return "USING INDEX " + sql::quote_identifier(action_.index);
      default:
        return "DEFAULT";
    }
  }

  void judge_index(Judge& judge, const Relation& table) const {
    const catalog::Index* index = table.index(action_.index);
    if (!index) {
      judge.problem(fmt::format("{} has no index {}", shown(table.name), action_.index),
                    "Check the name, and that an earlier statement creates it.");
      return;
    }
    bool usable = index->unique && index->valid && !index->predicate && !index->has_expressions;
    for (const std::string& name : index->columns) {
      const catalog::Column* column = table.column(name);
      usable = usable && column && column->not_null;
    }
    if (!usable) {
      judge.problem(
          fmt::format("{} cannot tell the rows of {} apart", action_.index, shown(table.name)),
          "It has to be a valid unique index, of NOT NULL columns, of all rows.");
    }
  }

  sql::ReplicaIdentity action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::ReplicaIdentity& action, const Origin& origin) {
  return one(std::make_unique<SetReplicaIdentity>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_replica_identity", problems);
  const TableTarget table = yaml_table(fields, problems);
  sql::ReplicaIdentity action;
  if (one_of(fields, {"identity", "index"}) == "index") {
    action.identity = 'i';
    action.index = yaml_identifier(fields, "index", problems);
  } else {
    const std::string identity = fields.required_text("identity");
    action.identity = identity == "full" ? 'f' : identity == "nothing" ? 'n' : 'd';
    if (action.identity == 'd' && identity != "default")
      fields.problem("identity", "identity must be default, full or nothing",
                     "An index has a key of its own: index.");
  }
  fields.finish();
  return from_statement(table, action, origin);
}

}  // namespace lockstep::operations::set_replica_identity
