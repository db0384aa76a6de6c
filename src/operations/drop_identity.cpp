#include "drop_identity.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/dropped_property.h"
#include "support/fold.h"
#include "support/identity.h"

namespace lockstep::operations::drop_identity {

using catalog::Column;
using catalog::Identity;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class DropIdentity final : public DroppedProperty {
 public:
  using DroppedProperty::DroppedProperty;

  std::string_view name() const noexcept override { return "drop_identity"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto found = judge_there(
        judge, [](const Column& column) { return column.identity != Identity::kNone; },
        "identity column");
    if (!found) return judge.take();
    judge_identity_family(judge, found->table, "Leave it an identity column.");
    judge.report({.id = "drop-identity",
                  .verdict = plan::Verdict::kInstant,
                  .effect = fmt::format("An INSERT that does not name {} fails from then on, and "
                                        "how far the numbers went is forgotten.",
                                        column()),
                  .remedy = "It happens in contract, after the deploy."});
    judge.brief_lock(found->table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Column* altered = find(context.catalog);
    if (!table || !altered || altered->identity == Identity::kNone) return {};
    const Maker make{*this, context};
    std::vector<plan::LockClaim> locks{{table->name, LockMode::kAccessExclusive}};
    for (const catalog::QualifiedName& sequence :
         owned_sequences(context.catalog, table->name, column())) {
      locks.push_back({sequence, LockMode::kAccessExclusive});
    }
    const Phase phase = natural(*table, context);
    const bool fresh = phase == Phase::kExpand;
    Step step = make.transaction(phase, fmt::format("let {} be no identity column", column()),
                                 {alter(*table, "DROP IDENTITY")}, locks,
                                 undo_none(fmt::format("the sequence of {}", column())),
                                 {touch_column(How::kChanges, table->name, column()),
                                  touch_defaults(How::kChanges, table->name)});
    step.irreversible = !fresh;
    if (!fresh) step.note = "is contract because the deployed application may leave it out";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    Column* altered = table ? table->column(column()) : nullptr;
    if (!altered || altered->identity == Identity::kNone) return;
    if (!is_phase(catalog, *table, phase)) return;
    altered->identity = Identity::kNone;
    for (const catalog::QualifiedName& sequence : owned_sequences(catalog, table->name, column())) {
      catalog.relations.erase(sequence);
    }
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropIdentity& action,
                                         const Origin& origin) {
  return drop_property<DropIdentity>(table, action, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_identity", problems);
  return drop_property_from_yaml<DropIdentity>(fields, origin, problems);
}

}  // namespace lockstep::operations::drop_identity
