#include "set_owner.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alone.h"
#include "support/alternatives.h"
#include "support/dml.h"
#include "support/fold.h"
#include "support/list.h"
#include "support/text.h"

namespace lockstep::operations::set_owner {

using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// PostgreSQL's word for the kind of relation.
std::string_view words(catalog::RelationKind kind) {
  switch (kind) {
    case catalog::RelationKind::kView:
      return "VIEW";
    case catalog::RelationKind::kMaterializedView:
      return "MATERIALIZED VIEW";
    case catalog::RelationKind::kSequence:
      return "SEQUENCE";
    default:
      return "TABLE";
  }
}

class SetOwner final : public Operation {
 public:
  SetOwner(QualifiedName name, bool if_exists, std::string owner, std::string clause, Origin origin)
      : Operation(std::move(origin)),
        name_(std::move(name)),
        if_exists_(if_exists),
        owner_(std::move(owner)),
        clause_(std::move(clause)) {}

  std::string_view name() const noexcept override { return "set_owner"; }

  void request(catalog::CatalogRequest& request) const override { request.relations.insert(name_); }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (if_exists_ && !context.catalog.find(name_)) return judge.take();
    const Relation* relation = judge.relation(name_);
    if (!relation || is_new(*relation, *this, context)) return judge.take();
    if (relation->kind == catalog::RelationKind::kSequence && relation->owned_by) {
      judge.problem(fmt::format("{} belongs to {}, and has its owner", shown(relation->name),
                                shown(relation->owned_by->table)),
                    "Change the owner of the table.");
      return judge.take();
    }
    judge.report({.id = "owner-change",
                  .verdict = plan::Verdict::kInstant,
                  .effect = fmt::format("The former owner of {} loses the rights that it had by "
                                        "owning it, and only the new one can change it later.",
                                        shown(relation->name)),
                  .remedy = "It happens in contract, after the deploy. GRANT what the application "
                            "needs before."});
    judge.brief_lock(*relation, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* relation = context.catalog.find(name_);
    if (!relation) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*relation, *this, context);
    std::vector<plan::LockClaim> locks{{relation->name, LockMode::kAccessExclusive}};
    for (const QualifiedName& sequence : owned_sequences(context.catalog, relation->name)) {
      locks.push_back({sequence, LockMode::kAccessExclusive});
    }
    Step step = make.transaction(fresh ? Phase::kExpand : Phase::kContract,
                                 fmt::format("change the owner of {}", shown(relation->name)),
                                 {alter(*relation, clause_)}, locks, undo(*relation, fresh),
                                 {touch_relation(How::kNeeds, relation->name),
                                  {How::kChanges, "privileges", relation->name, {}}});
    if (!fresh) step.note = "is contract because the deployed application may be the owner";
    std::vector<Step> steps;
    steps.push_back(alone(std::move(step), *relation));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* relation = catalog.find(name_);
    if (!relation) return;
    const Context context{catalog};
    const Phase natural = is_new(*relation, *this, context) ? Phase::kExpand : Phase::kContract;
    if (phase != phase_of(*this, context, natural)) return;
    relation->owner = owner_;
    for (const QualifiedName& sequence : owned_sequences(catalog, relation->name)) {
      catalog.relations.at(sequence).owner = owner_;
    }
  }

  std::string describe() const override {
    return fmt::format("set_owner {} {}", shown(name_), one_line(clause_));
  }

 private:
  static std::string alter(const Relation& relation, const std::string& clause) {
    return fmt::format("ALTER {} {} {}", words(relation.kind), sql::quote(relation.name), clause);
  }

  static plan::Undo undo(const Relation& relation, bool fresh) {
    if (fresh) return undo_exact();
    if (relation.owner.empty()) return undo_none(fmt::format("who owned {}", shown(relation.name)));
    return undo_exact({alter(relation, "OWNER TO " + sql::quote_identifier(relation.owner))});
  }

  QualifiedName name_;
  bool if_exists_;
  std::string owner_;
  std::string clause_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::AlterTable& statement,
                                         const sql::OwnerTo& action, const std::string& clause,
                                         const Origin& origin) {
  return one(std::make_unique<SetOwner>(statement.name, statement.if_exists, action.owner, clause,
                                        origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_owner", problems);
  const std::string kind = one_of(fields, {"table", "view", "sequence"});
  const std::string name = fields.required_text(kind.empty() ? "table" : kind);
  const std::string owner = fields.required_text("owner");
  fields.finish();
  // A view or sequence may be named as a table too; PostgreSQL's word is found by the catalog.
  const std::string text = fmt::format("ALTER TABLE {} OWNER TO {}", name, owner);
  const auto parsed = parse_as<sql::AlterTable>(text, parameters.where(), problems);
  if (!parsed || parsed->body.actions.size() != 1) return {};
  const auto* action = std::get_if<sql::OwnerTo>(&parsed->body.actions.front());
  if (!action) return {};
  return from_statement(parsed->body, *action, parsed->body.action_texts.front(), origin);
}

}  // namespace lockstep::operations::set_owner
