#include "renames/named_once.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "support/fold_rename.h"

namespace lockstep::operations::rename_object {

using catalog::Catalog;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class RenameSequence final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
    request_new_name(request);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (!context.catalog.find(target()) && (statement().if_exists || !context.assumptions)) {
      if (!may_be_missing(context)) {
        judge.problem(fmt::format("there is no sequence {}", shown(target())),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    const Relation* sequence = judge.relation(target());
    if (!sequence || sequence->assumed) return judge.take();
    if (sequence->kind != catalog::RelationKind::kSequence) {
      judge.problem(fmt::format("{} is a {}", shown(sequence->name), to_string(sequence->kind)),
                    "Write ALTER TABLE.");
      return judge.take();
    }
    judge_new_relation(judge, context, sequence->name.schema);
    if (is_new(*sequence, *this, context)) return judge.take();
    const std::string effect = fmt::format(
        "nextval('{}') fails from that instant; column defaults follow.", shown(sequence->name));
    if (sequence->owned_by) {
      judge.report({.id = "rename-sequence",
                    .verdict = plan::Verdict::kInstant,
                    .effect = effect,
                    .remedy = fmt::format(
                        "It happens in contract, after the deploy. Let the release that is "
                        "deployed before it leave the value to the column's default, or ask for "
                        "pg_get_serial_sequence('{}', '{}').",
                        shown(sequence->owned_by->table), sequence->owned_by->column)});
    } else {
      judge_used_by_name(judge, effect,
                         "Create a sequence of the new name that starts beyond the old one, move "
                         "over in a deploy, and drop the old one in a later migration.");
    }
    judge.brief_lock(*sequence, LockMode::kAccessExclusive, "nextval() waits for an instant.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* sequence = context.catalog.find(target());
    if (!sequence) return {};
    const QualifiedName& name = sequence->name;
    return step(context, is_new(*sequence, *this, context) ? Phase::kExpand : Phase::kContract,
                what(name), statements("SEQUENCE", name), {{name, LockMode::kAccessExclusive}},
                {touch_relation(How::kRenames, name),
                 touch_relation(How::kCreates, {name.schema, new_name()})});
  }

  void apply(Catalog& catalog, Phase) const override {
    const Relation* sequence = catalog.find(target());
    if (!sequence || sequence->kind != catalog::RelationKind::kSequence) return;
    fold_rename_relation(catalog, QualifiedName(sequence->name), new_name());
  }
};

}  // namespace

OperationPtr rename_sequence(const sql::Rename& statement, const Origin& origin) {
  return std::make_unique<RenameSequence>(statement, origin);
}

}  // namespace lockstep::operations::rename_object
