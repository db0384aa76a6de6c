#include "drop_sequence.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dropped_object.h"
#include "support/object_users.h"
#include "support/text.h"

namespace lockstep::operations::drop_sequence {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DropSequence final : public DroppedObject {
 public:
  using DroppedObject::DroppedObject;

  std::string_view name() const noexcept override { return "drop_sequence"; }

  void request(catalog::CatalogRequest& request) const override {
    DroppedObject::request(request);
    request.used_sequences.insert(target());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* sequence = judge_relation(judge, context);
    if (!sequence) return judge.take();
    if (sequence->kind != catalog::RelationKind::kSequence && !sequence->assumed) {
      judge.problem(fmt::format("{} is a {}", shown(sequence->name), to_string(sequence->kind)));
      return judge.take();
    }
    std::vector<std::string> users = defaults_of(context.catalog, sequence->name.name);
    append_new(users, users_of(context.catalog, "sequence", sequence->name));
    if (!users.empty()) {
      judge.refuse("sequence-is-used",
                   fmt::format("{} is what these count with: {}.", shown(sequence->name),
                               fmt::join(users, ", ")),
                   "Drop them first, or let them do without it, in statements before this one.");
      return judge.take();
    }
    judge.brief_lock(*sequence, LockMode::kAccessExclusive,
                     "It happens in contract, after the deploy.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* sequence = context.catalog.find(target());
    if (!sequence) return {};
    const Maker make{*this, context};
    Step step = make.transaction(
        Phase::kContract, fmt::format("drop sequence {}", shown(sequence->name)),
        {"DROP SEQUENCE " + sql::quote(sequence->name)},
        {{sequence->name, LockMode::kAccessExclusive}},
        undo_none(fmt::format("sequence {} and where it stood", shown(sequence->name))),
        {touch_relation(plan::Touch::How::kDrops, sequence->name)});
    step.irreversible = true;
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    const Relation* sequence = catalog.find(target());
    if (!sequence || sequence->kind != catalog::RelationKind::kSequence) return;
    catalog.relations.erase(catalog::QualifiedName(sequence->name));
  }

  std::string describe() const override { return "drop_sequence " + described(); }

 private:
  /// nextval() names its sequence in a literal: every default that has the word in it.
  static std::vector<std::string> defaults_of(const catalog::Catalog& catalog,
                                              const std::string& sequence) {
    std::vector<std::string> names;
    for (const auto& [key, relation] : catalog.relations) {
      for (const catalog::Column& column : relation.columns) {
        if (column.default_value && identifiers(column.default_value->text).count(sequence) != 0) {
          names.push_back(fmt::format("the default of {}.{}", shown(key), column.name));
        }
      }
    }
    return names;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return drop_each<DropSequence>(statement, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_sequence", problems);
  return drop_from_yaml<DropSequence>(fields, "SEQUENCE", origin, problems);
}

}  // namespace lockstep::operations::drop_sequence
