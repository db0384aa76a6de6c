#include "drop_index.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/index_build.h"
#include "support/dropped_object.h"
#include "support/foreign_keys.h"
#include "support/partitioned_index.h"
#include "support/partitions.h"

namespace lockstep::operations::drop_index {

using catalog::Catalog;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class DropIndex final : public DroppedObject {
 public:
  using DroppedObject::DroppedObject;

  std::string_view name() const noexcept override { return "drop_index"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    judge_cascade(judge, drop().cascade, shown(target()));
    const Catalog::IndexPlace place = context.catalog.find_index(target());
    if (!place.index) {
      judge_missing(judge, context, "there is no index");
      return judge.take();
    }
    if (!can_be_dropped(*place.table, *place.index, judge) ||
        is_new(*place.table, *this, context)) {
      return judge.take();
    }
    if (is_partitioned(*place.table)) {
      judge_partitioned(*place.table, *place.index, context, judge);
      return judge.take();
    }
    judge.report(
        {.id = "drop-index-blocks-all",
         .verdict = drop().concurrently ? plan::Verdict::kInstant : plan::Verdict::kExpanded,
         .effect = drop().concurrently
                       ? fmt::format("Queries that {} made fast read all of {} from then on.",
                                     place.index->name, shown(place.table->name))
                       : fmt::format(
                             "Nobody can read or write {} while the lock is awaited and held; "
                             "queries that the index made fast read the whole table from then on.",
                             shown(place.table->name)),
         .remedy =
             "It is dropped concurrently, in contract: the deployed application may still need it.",
         .lock = plan::LockClaim{place.table->name, drop().concurrently
                                                        ? LockMode::kShareUpdateExclusive
                                                        : LockMode::kAccessExclusive}});
    judge_guarantee(*place.table, *place.index, judge);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Catalog::IndexPlace place = context.catalog.find_index(target());
    if (!place.index) return {};
    const Maker make{*this, context};
    const Relation& table = *place.table;
    const QualifiedName name{table.name.schema, place.index->name};
    const std::string plain = "DROP INDEX " + sql::quote(name);
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table.name),
                                     touch_index(How::kDrops, name)};
    const std::vector<plan::LockClaim> plain_locks = all_locks(context, table, *place.index);
    std::vector<Step> steps;
    if (is_new(table, *this, context)) {
      steps.push_back(make.transaction(Phase::kExpand, fmt::format("drop index {}", name.name),
                                       {plain}, plain_locks, undo(*place.index, false),
                                       std::move(touches)));
      return steps;
    }
    if (is_partitioned(table)) {
      Step step = make.transaction(
          Phase::kContract, fmt::format("drop index {} of all partitions", name.name), {plain},
          plain_locks,
          undo_none(fmt::format("index {} and its parts on the partitions", name.name)),
          std::move(touches));
      step.note = "is contract because the deployed application may need the index";
      steps.push_back(std::move(step));
      return steps;
    }
    plan::ConcurrentBody body;
    body.sql = "DROP INDEX CONCURRENTLY IF EXISTS " + sql::quote(name);
    body.kind = plan::ConcurrentBody::Kind::kDropIndex;
    body.index = name;
    body.table = table.name;
    body.unique = place.index->unique;
    plan::Undo undo = this->undo(*place.index, true);
    const std::vector<plan::LockClaim> locks =
        family(context.catalog, table, LockMode::kShareUpdateExclusive);
    Step step =
        make.concurrent(Phase::kContract, fmt::format("drop index {}, concurrently", name.name),
                        std::move(body), locks, std::move(undo), std::move(touches));
    step.scan = false;
    step.done_when = index_is_gone(name);
    step.note = "is contract because the deployed application may need the index";
    steps.push_back(std::move(step));
    attach_direct(steps, 0, 0, {plain}, plain_locks, table.name, context);
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    const Catalog::IndexPlace place = catalog.find_index(target());
    if (!place.index || !place.index->constraint.empty()) return;
    const std::string dropped = place.index->name;
    fold_drop_partition_indexes(catalog, *catalog.find(place.table->name), dropped);
  }

  std::string describe() const override { return "drop_index " + described(); }

 private:
  static void judge_guarantee(const Relation& table, const Index& index, Judge& judge) {
    if (!index.unique) return;
    judge.report({.id = "drop-unique-guarantee",
                  .effect = fmt::format("What {} keeps unique in {} may come twice from then on, "
                                        "and INSERT ... ON CONFLICT on its columns fails.",
                                        index.name, shown(table.name)),
                  .remedy = "It happens in contract, after the deploy."});
  }

  /// PostgreSQL drops it in no other way than the plain one.
  static void judge_partitioned(const Relation& table, const Index& index, const Context& context,
                                Judge& judge) {
    judge.report(
        {.id = "drop-index-blocks-all",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format(
             "Nobody can read or write {} while the locks are awaited and held; queries that the "
             "index made fast read whole partitions from then on.",
             with_partitions(partition_tree(context.catalog, table), table)),
         .remedy = "It is dropped in contract, from all partitions in one short transaction: "
                   "PostgreSQL does not drop it concurrently.",
         .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive}});
    judge_guarantee(table, index, judge);
  }

  static std::vector<plan::LockClaim> all_locks(const Context& context, const Relation& table,
                                                const Index& index) {
    std::vector<plan::LockClaim> locks = family(context.catalog, table, LockMode::kAccessExclusive);
    append(locks, dropped_index_locks(context.catalog, table, index.name));
    return locks;
  }

  bool can_be_dropped(const Relation& table, const Index& index, Judge& judge) const {
    if (!index.constraint.empty()) {
      judge.refuse(
          "index-belongs-to-constraint",
          fmt::format("{} is the index of constraint {} of {}; PostgreSQL drops it only with that.",
                      index.name, index.constraint, shown(table.name)),
          fmt::format("Write ALTER TABLE {} DROP CONSTRAINT {};",
                      sql::quote({target().schema, table.name.name}),
                      sql::quote_identifier(index.constraint)));
      return false;
    }
    if (!index.attached_to.empty()) {
      judge.refuse(
          "index-on-partitioned-table",
          fmt::format("{} is a part of {}, the index of the partitioned table {}; PostgreSQL drops "
                      "it only with that.",
                      index.name, index.attached_to, shown(*table.parent)),
          fmt::format("Write DROP INDEX {};", sql::quote({target().schema, index.attached_to})));
      return false;
    }
    return judge_references(table, index, judge);
  }

  /// A foreign key may reference a unique index that is no constraint.
  static bool judge_references(const Relation& table, const Index& index, Judge& judge) {
    if (!index.unique) return true;
    Relation without = table;
    std::erase_if(without.indexes, [&](const Index& other) { return other.name == index.name; });
    std::vector<std::string> names;
    for (const catalog::ReferencingKey& key : table.referenced_by) {
      if (is_unique_target(without, key.referenced_columns)) continue;
      names.push_back(fmt::format("{} on {}", key.constraint, shown(key.table)));
    }
    if (names.empty()) return true;
    judge.refuse("constraint-is-referenced",
                 fmt::format("{} is what these foreign keys reference: {}.", index.name,
                             fmt::join(names, ", ")),
                 "Drop these foreign keys first, each in a statement of its own.");
    return false;
  }

  static plan::Undo undo(const Index& index, bool concurrently) {
    constexpr std::string_view kWord = " INDEX ";
    const std::size_t word = index.definition.find(kWord);
    if (word == std::string::npos) return undo_none(fmt::format("index {}", index.name));
    std::string again = index.definition;
    if (concurrently) again.insert(word + kWord.size(), "CONCURRENTLY ");
    plan::Undo undo = undo_exact({std::move(again)});
    undo.concurrent = concurrently;
    return undo;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return drop_each<DropIndex>(statement, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_index", problems);
  return drop_from_yaml<DropIndex>(fields, "INDEX", origin, problems);
}

}  // namespace lockstep::operations::drop_index
