#include "drop_table.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/detaching.h"
#include "sequences/drops.h"
#include "sequences/kept_table.h"
#include "support/fold.h"
#include "support/keeping.h"
#include "support/list.h"
#include "support/partitions.h"
#include "support/yaml.h"

namespace lockstep::operations::drop_table {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// What PostgreSQL drops along without being asked to.
bool goes_with_its_table(std::string_view dependant) {
  return dependant == "policy" || dependant == "rule" || dependant == "statistics" ||
         dependant == "generated column" || dependant == "publication";
}

struct Parameters {
  QualifiedName table;
  bool if_exists = false;
  bool cascade = false;
  std::vector<QualifiedName> together;  ///< the other tables of the same statement
};

class DropTable final : public Operation {
 public:
  DropTable(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return "drop_table"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(parameters_.table);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({parameters_.table, parameters_.if_exists, false});
    if (!table) return judge.take();
    if (!judge_dependants(judge, context, *table)) return judge.take();
    if (is_new(*table, *this, context)) return judge.take();
    const bool kept = is_kept(*table, *this, context);
    if (kept && !context.catalog.partial && !judge_known(judge, *table, unknown_parts(*table))) {
      return judge.take();
    }
    judge.report({.id = "drop-table",
                  .effect = fmt::format(
                      "Takes AccessExclusiveLock on {}{} and, for each foreign key, on the table "
                      "it references; the deployed application fails where it still uses "
                      "it, and the data is gone.",
                      shown(table->name),
                      partitioned_above(context, *table)
                          ? ", on " + shown(*table->parent) + ", whose partition it is,"
                          : ""),
                  .remedy = remedy(context, *table),
                  .lock = plan::LockClaim{table->name, LockMode::kAccessExclusive}});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(parameters_.table);
    if (!table) return {};
    const Maker make{*this, context};
    if (is_kept(*table, *this, context)) return keep_table_steps(make, *table);
    std::vector<Step> steps;
    if (const Relation* above = partitioned_above(context, *table)) {
      // By itself it would lock the partitioned table against everybody.
      steps = detach_steps(make, *above, *table, DetachForm::kConcurrently);
      for (Step& step : steps) step.direct.reset();
    }
    for (const catalog::ReferencingKey& key : table->referenced_by) {
      const Relation* other = context.catalog.find(key.table);
      const Constraint* constraint = other ? other->constraint(key.constraint) : nullptr;
      if (constraint && key.table != table->name) {
        steps.push_back(drop_foreign_key_step(make, *other, *constraint));
      }
    }
    for (const Constraint& constraint : table->constraints) {
      if (constraint.kind == ConstraintKind::kForeignKey && constraint.referenced != table->name) {
        steps.push_back(drop_foreign_key_step(make, *table, constraint));
      }
    }
    steps.push_back(drop_step(make, *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    if (phase != phase_of(*this, Context{catalog}, Phase::kContract)) return;
    const Relation* table = catalog.find(parameters_.table);
    if (!table) return;
    const std::vector<catalog::ReferencingKey> keys = table->referenced_by;
    const QualifiedName name = table->name;
    for (const catalog::ReferencingKey& key : keys) {
      if (Relation* other = catalog.find(key.table))
        fold_drop_constraint(catalog, *other, key.constraint);
    }
    fold_drop_relation(catalog, name);
  }

  std::string describe() const override {
    return fmt::format("drop_table table={}{}{}", shown(parameters_.table),
                       parameters_.if_exists ? " if_exists" : "",
                       parameters_.cascade ? " cascade" : "");
  }

 private:
  static const Relation* partitioned_above(const Context& context, const Relation& table) {
    const Relation* parent = table.parent ? context.catalog.find(*table.parent) : nullptr;
    return parent && is_partitioned(*parent) ? parent : nullptr;
  }

  std::string remedy(const Context& context, const Relation& table) const {
    const std::string planned = "Planned for contract, after the deploy that stops using it";
    if (is_kept(table, *this, context)) {
      return fmt::format(
          "{}; foreign keys go first, each in a transaction of its own, then it is moved out of "
          "sight. `lockstep purge` removes it when {} are over, and can bring it back until then.",
          planned, grace_words(context));
    }
    const std::string how = partitioned_above(context, table)
                                ? ": it is detached first, concurrently where that stops nobody, "
                                  "and then dropped."
                                : "; foreign keys go first, each in a transaction of its own.";
    return planned + how + not_kept_words(table, *this, context);
  }

  Step drop_step(const Maker& make, const Relation& table) const {
    std::vector<plan::LockClaim> locks;
    if (table.parent && !partitioned_above(make.context, table)) {
      if (const Relation* parent = make.context.catalog.find(*table.parent)) {
        append(locks, {{parent->name, LockMode::kAccessExclusive}});
      }
    }
    const std::vector<plan::LockClaim> members =
        family(make.context.catalog, table, LockMode::kAccessExclusive);
    append(locks, members);
    for (const plan::LockClaim& member : members) {
      const Relation* relation = make.context.catalog.find(member.relation);
      if (!relation) continue;
      for (const catalog::Index& index : relation->indexes)
        locks.push_back(dropped_index(*relation, index));
      append(locks, dropped_sequences(make.context.catalog, relation->name));
    }
    Step step = make.transaction(Phase::kContract, fmt::format("drop table {}", shown(table.name)),
                                 {"DROP TABLE " + sql::quote(table.name)}, locks,
                                 undo_none(fmt::format("table {} and its rows", shown(table.name))),
                                 {touch_relation(How::kDrops, table.name)});
    step.irreversible = true;
    return step;
  }

  bool goes_too(const Context& context, const QualifiedName& other) const {
    return std::any_of(
        parameters_.together.begin(), parameters_.together.end(),
        [&](const QualifiedName& name) { return context.catalog.qualify(name) == other; });
  }

  /// False, and refused, where something would go with it.
  bool judge_dependants(Judge& judge, const Context& context, const Relation& table) const {
    std::vector<std::string> names;
    // What is kept is brought back by itself: the table that references it has to go before it.
    const bool kept = is_kept(table, *this, context);
    for (const catalog::ReferencingKey& key : table.referenced_by) {
      if (key.table == table.name || (!kept && goes_too(context, key.table))) continue;
      names.push_back(fmt::format("foreign key {} of {}", key.constraint, shown(key.table)));
    }
    for (const catalog::Dependant& dependant : table.dependants) {
      if (goes_with_its_table(dependant.kind) || goes_too(context, dependant.name)) continue;
      names.push_back(fmt::format("{} {}", dependant.kind, shown(dependant.name)));
    }
    if (!names.empty()) {
      judge.refuse("drop-table-dependants",
                   fmt::format("{} is used by {}.", shown(table.name), fmt::join(names, ", ")),
                   "Drop these first, each in a statement of its own.");
    } else if (parameters_.cascade) {
      judge.refuse("drop-cascade",
                   fmt::format("CASCADE drops whatever depends on {} by the time it runs.",
                               shown(table.name)),
                   "Write it without CASCADE; nothing that is known depends on the table.");
    }
    return names.empty() && !parameters_.cascade;
  }

  Parameters parameters_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  std::vector<OperationPtr> operations;
  for (const QualifiedName& table : statement.names) {
    append(
        operations,
        one(std::make_unique<DropTable>(
            Parameters{table, statement.if_exists, statement.cascade, statement.names}, origin)));
  }
  return operations;
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_table", problems);
  Parameters read;
  read.table = yaml_name(fields, "table", problems);
  read.if_exists = fields.boolean("if_exists").value_or(false);
  fields.finish();
  return one(std::make_unique<DropTable>(std::move(read), origin));
}

}  // namespace lockstep::operations::drop_table
