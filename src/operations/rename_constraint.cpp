#include "rename_constraint.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/fold_rename.h"
#include "support/list.h"
#include "support/named_constraint.h"
#include "support/renamed_object.h"
#include "support/yaml.h"

namespace lockstep::operations::rename_constraint {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class RenameConstraint final : public RenamedObject {
 public:
  using RenamedObject::RenamedObject;

  std::string_view name() const noexcept override { return "rename_constraint"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
    request_new_name(request);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({target(), statement().if_exists, false});
    if (!table) return judge.take();
    const Constraint* constraint = table->constraint(from());
    if (!constraint) {
      if (!table->assumed) {
        judge.problem(fmt::format("table {} has no constraint {}", shown(table->name), from()),
                      "Check the name; \\d in psql lists them.");
      }
      return judge.take();
    }
    const Relation* parent = table->parent ? context.catalog.find(*table->parent) : nullptr;
    if (parent && is_inherited(*constraint) && parent->constraint(from())) {
      judge.problem(
          fmt::format("{} has constraint {} from {}", shown(table->name), from(),
                      shown(parent->name)),
          fmt::format(
              "Rename it there; it is renamed here too: ALTER TABLE {} RENAME CONSTRAINT ...",
              sql::quote({target().schema, parent->name.name})));
      return judge.take();
    }
    if (table->constraint(new_name())) {
      judge.problem(fmt::format("{} has a constraint {} already", shown(table->name), new_name()),
                    "Choose another name, or drop the other one first.");
    } else if (!constraint->index.empty()) {
      judge_new_relation(judge, context, table->name.schema);
    }
    if (is_new(*table, *this, context)) return judge.take();
    judge_constraint_name(judge, *constraint);
    if (constraint->index.empty()) {
      judge.brief_lock(*table, LockMode::kAccessExclusive, "Nothing is read.");
    } else {
      judge.report({.id = "brief-lock",
                    .verdict = plan::Verdict::kInstant,
                    .effect = fmt::format(
                        "As written it takes {} on {}; while it waits for that behind a long "
                        "transaction, every query on it waits behind it.",
                        catalog::to_string(LockMode::kAccessExclusive), shown(table->name)),
                    .remedy = "Its index is renamed, and the constraint with it: no reader or "
                              "writer waits.",
                    .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive}});
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target());
    const Constraint* constraint = table ? table->constraint(from()) : nullptr;
    if (!constraint) return {};
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table->name)};
    append_constraint_touches(touches, table->name, from(), new_name());
    const bool fresh = is_new(*table, *this, context);
    const Phase natural = fresh ? Phase::kExpand : Phase::kContract;
    const std::string what = fmt::format("constraint {}", from());
    std::vector<Step> steps;
    if (constraint->index.empty()) {
      steps = step(context, natural, what,
                   {alter_table(table->name, words(from(), new_name())),
                    alter_table(table->name, words(new_name(), from()))},
                   locks(context, *table, *constraint), std::move(touches));
    } else {
      const QualifiedName index{table->name.schema, constraint->index};
      touches.push_back(touch_index(How::kRenames, index));
      touches.push_back(touch_index(How::kCreates, {index.schema, new_name()}));
      steps = step(context, natural, what, statements("INDEX", index),
                   {{index, LockMode::kShareUpdateExclusive}}, std::move(touches));
    }
    if (!fresh) steps.front().note = kConstraintNameNote;
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(target());
    if (table && !table->constraint(new_name()))
      fold_rename_constraint(catalog, *table, from(), new_name());
  }

 private:
  const std::string& from() const { return statement().sub_name; }

  static std::string words(const std::string& from, const std::string& to) {
    return fmt::format("RENAME CONSTRAINT {} TO {}", sql::quote_identifier(from),
                       sql::quote_identifier(to));
  }

  static bool is_inherited(const Constraint& constraint) {
    return constraint.kind == ConstraintKind::kCheck || constraint.kind == ConstraintKind::kNotNull;
  }

  /// Those that partitions and children inherit are renamed there too.
  static std::vector<plan::LockClaim> locks(const Context& context, const Relation& table,
                                            const Constraint& constraint) {
    if (is_inherited(constraint)) {
      return family(context.catalog, table, LockMode::kAccessExclusive);
    }
    return {{table.name, LockMode::kAccessExclusive}};
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin) {
  return one(std::make_unique<RenameConstraint>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation rename_constraint", problems);
  sql::Rename rename;
  rename.object_type = "CONSTRAINT";
  rename.name = yaml_name(fields, "table", problems);
  rename.sub_name = yaml_identifier(fields, "name", problems);
  yaml_new_name(fields, rename, problems);
  fields.finish();
  return from_statement(rename, origin);
}

}  // namespace lockstep::operations::rename_constraint
