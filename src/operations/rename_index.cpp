#include "rename_index.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/fold_rename.h"
#include "support/list.h"
#include "support/named_constraint.h"
#include "support/renamed_object.h"
#include "support/yaml.h"

namespace lockstep::operations::rename_index {

using catalog::Catalog;
using catalog::LockMode;
using catalog::QualifiedName;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class RenameIndex final : public RenamedObject {
 public:
  using RenamedObject::RenamedObject;

  std::string_view name() const noexcept override { return "rename_index"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
    request_new_name(request);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Catalog::IndexPlace place = context.catalog.find_index(target());
    if (!place.index) {
      if (!may_be_missing(context)) {
        judge.problem(fmt::format("there is no index {}", shown(target())),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    judge_new_relation(judge, context, place.table->name.schema);
    if (is_new(*place.table, *this, context)) return judge.take();
    if (const auto* constraint = constraint_of(place)) judge_constraint_name(judge, *constraint);
    const QualifiedName index{place.table->name.schema, place.index->name};
    // Written for a table it would take the lock of one.
    const bool as_table = statement().object_type == "TABLE";
    const LockMode mode = as_table ? LockMode::kAccessExclusive : LockMode::kShareUpdateExclusive;
    judge.report({.id = "brief-lock",
                  .verdict = plan::Verdict::kInstant,
                  .effect = fmt::format(
                      "{} {} on {} alone: {} {} waits.", as_table ? "As written it takes" : "Takes",
                      catalog::to_string(mode), index.name,
                      as_table ? "every query that is planned on" : "no reader or writer of",
                      shown(place.table->name)),
                  .remedy = as_table ? "ALTER INDEX is what is run: no reader or writer waits."
                                     : "Only other schema changes of the index wait.",
                  .lock = plan::LockClaim{index, mode}});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Catalog::IndexPlace place = context.catalog.find_index(target());
    if (!place.index) return {};
    const QualifiedName& table = place.table->name;
    const QualifiedName index{table.schema, place.index->name};
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table),
                                     touch_index(How::kRenames, index),
                                     touch_index(How::kCreates, {table.schema, new_name()})};
    const auto* constraint = constraint_of(place);
    const bool later = constraint && !is_new(*place.table, *this, context);
    if (constraint) append_constraint_touches(touches, table, constraint->name, new_name());
    std::vector<Step> steps = step(context, later ? Phase::kContract : Phase::kExpand,
                                   fmt::format("index {}", index.name), statements("INDEX", index),
                                   {{index, LockMode::kShareUpdateExclusive}}, std::move(touches));
    if (later) steps.front().note = kConstraintNameNote;
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    const Catalog::IndexPlace place = catalog.find_index(target());
    if (!place.index) return;
    fold_rename_index(catalog, *catalog.find(place.table->name), target().name, new_name());
  }

 private:
  static const catalog::Constraint* constraint_of(const Catalog::IndexPlace& place) {
    return place.index->constraint.empty() ? nullptr
                                           : place.table->constraint(place.index->constraint);
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin) {
  return one(std::make_unique<RenameIndex>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation rename_index", problems);
  sql::Rename rename;
  rename.object_type = "INDEX";
  rename.name = yaml_name(fields, "name", problems);
  yaml_new_name(fields, rename, problems);
  fields.finish();
  return from_statement(rename, origin);
}

}  // namespace lockstep::operations::rename_index
