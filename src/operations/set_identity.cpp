#include "set_identity.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/altered_column.h"
#include "support/fold.h"
#include "support/identity.h"
#include "support/list.h"

namespace lockstep::operations::set_identity {

using catalog::Column;
using catalog::Identity;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::IdentitySpec;
using How = plan::Touch::How;

namespace {

std::string clause_of(bool always) {
  return fmt::format("SET GENERATED {}", always ? "ALWAYS" : "BY DEFAULT");
}

class SetIdentity final : public AlteredColumn {
 public:
  SetIdentity(ColumnTarget target, sql::SetIdentity action, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "set_identity"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto found = judge_column(judge);
    if (!found) return judge.take();
    const Relation& table = found->table;
    if (found->column.identity == Identity::kNone && !table.assumed) {
      judge.problem(
          fmt::format("{}.{} is no identity column", shown(table.name), column()),
          "Check the name, or write ADD GENERATED ... AS IDENTITY in an earlier statement.");
      return judge.take();
    }
    judge_identity_family(judge, table, "Leave it as it is.");
    if (action_.options) {
      judge.refuse(
          "identity-numbers",
          "Numbers may come twice where the sequence begins anew or counts otherwise: what "
          "each tenant has given out by then differs.",
          fmt::format("Set each tenant's sequence where its numbers are known, by setval() "
                      "in an `sql` operation."));
    }
    if (always() && !is_new(table, *this, context)) judge_identity_always(judge, column());
    judge.brief_lock(table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Column* altered = find(context.catalog);
    if (!table || !altered || !action_.kind || altered->identity == wanted()) return {};
    std::vector<Step> steps;
    Step made =
        step(context, *table, phase(*table, context),
             fmt::format("let {} be generated {}", column(), always() ? "always" : "by default"),
             clause_of(always()), undo_exact({alter(*table, clause_of(!always()))}));
    for (const catalog::QualifiedName& sequence :
         owned_sequences(context.catalog, table->name, column())) {
      made.locks.push_back({sequence, LockMode::kShareRowExclusive});
    }
    steps.push_back(std::move(made));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    Column* altered = table ? table->column(column()) : nullptr;
    if (!altered || !action_.kind) return;
    const Context context{catalog};
    if (phase == phase_of(*this, context, this->phase(*table, context))) {
      altered->identity = wanted();
    }
  }

  std::string describe() const override {
    return fmt::format("set_identity {} {}", described(),
                       action_.kind ? clause_of(always()) : "options");
  }

 private:
  bool always() const { return action_.kind == IdentitySpec::Kind::kAlways; }
  Identity wanted() const { return always() ? Identity::kAlways : Identity::kByDefault; }

  Phase phase(const Relation& table, const Context& context) const {
    return always() && !is_new(table, *this, context) ? Phase::kContract : Phase::kExpand;
  }

  sql::SetIdentity action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::SetIdentity& action,
                                         const Origin& origin) {
  return one(std::make_unique<SetIdentity>(ColumnTarget{table, action.column}, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_identity", problems);
  const ColumnTarget target = yaml_column_target(fields, problems);
  sql::SetIdentity action;
  action.column = target.column;
  action.kind = yaml_generated(fields, fields.required_text("generated"));
  fields.finish();
  return from_statement(target.table, action, origin);
}

}  // namespace lockstep::operations::set_identity
