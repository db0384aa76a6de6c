#include "drop_identity.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/altered_column.h"
#include "support/fold.h"
#include "support/list.h"

namespace lockstep::operations::drop_identity {

using catalog::Column;
using catalog::Identity;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class DropIdentity final : public AlteredColumn {
 public:
  DropIdentity(ColumnTarget target, bool if_exists, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), if_exists_(if_exists) {}

  std::string_view name() const noexcept override { return "drop_identity"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const std::optional<Column> altered = judge.column(*table, column());
    if (!altered) return judge.take();
    if (altered->identity == Identity::kNone && !table->assumed) {
      if (!if_exists_) {
        judge.problem(fmt::format("{}.{} is no identity column", shown(table->name), column()),
                      "Check the name, or write IF EXISTS if it may be none.");
      }
      return judge.take();
    }
    if (!table->partitions.empty()) {
      judge.refuse("identity-numbers",
                   fmt::format("What becomes of the partitions and children of {} differs by "
                               "version.",
                               shown(table->name)),
                   "Leave it an identity column.");
    }
    judge.report({.id = "drop-identity",
                  .verdict = plan::Verdict::kInstant,
                  .effect = fmt::format("An INSERT that does not name {} fails from then on, and "
                                        "how far the numbers went is forgotten.",
                                        column()),
                  .remedy = "It happens in contract, after the deploy."});
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
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
    const bool fresh = is_new(*table, *this, context);
    Step step = make.transaction(fresh ? Phase::kExpand : Phase::kContract,
                                 fmt::format("let {} be no identity column", column()),
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
    const Context context{catalog};
    const Phase natural = is_new(*table, *this, context) ? Phase::kExpand : Phase::kContract;
    if (phase != phase_of(*this, context, natural)) return;
    altered->identity = Identity::kNone;
    for (const catalog::QualifiedName& sequence : owned_sequences(catalog, table->name, column())) {
      catalog.relations.erase(sequence);
    }
  }

  std::string describe() const override {
    return fmt::format("drop_identity {}{}", described(), if_exists_ ? " if_exists" : "");
  }

 private:
  bool if_exists_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropIdentity& action,
                                         const Origin& origin) {
  return one(
      std::make_unique<DropIdentity>(ColumnTarget{table, action.column}, action.if_exists, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_identity", problems);
  const ColumnTarget target = yaml_column_target(fields, problems);
  fields.finish();
  return from_statement(target.table, {target.column, false}, origin);
}

}  // namespace lockstep::operations::drop_identity
