#include "drop_column.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/drops.h"
#include "sequences/kept_column.h"
#include "support/fold.h"
#include "support/keeping.h"
#include "support/list.h"
#include "support/table_action.h"
#include "support/yaml.h"

namespace lockstep::operations::drop_column {

using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class DropColumn final : public TableAction {
 public:
  DropColumn(TableTarget table, sql::DropColumn action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "drop_column"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    if (action_.if_exists && !table->assumed && !table->column(action_.column)) return judge.take();
    if (!judge.column(*table, action_.column)) return judge.take();
    if (is_partition(context.catalog, *table) || contains(table->partition_key, action_.column)) {
      judge.problem(
          fmt::format("column {}.{} belongs to the partitioning of {}", shown(table->name),
                      action_.column, shown(table->parent.value_or(table->name))),
          "Drop it from the partitioned table; a column of the partition key cannot be dropped.");
      return judge.take();
    }
    if (!judge_dependants(judge, *table)) return judge.take();
    judge_collateral(judge, *table);
    judge_loss(judge, *table, context);
    if (is_kept(*table, *this, context)) judge_kept(judge, *table, context);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table || (!table->assumed && !table->column(action_.column))) return {};
    const Maker make{*this, context};
    if (const Column* kept =
            is_kept(*table, *this, context) ? table->column(action_.column) : nullptr) {
      return keep_column_steps(make, *table, *kept);
    }
    std::vector<Step> steps;
    for (const Constraint& constraint : table->constraints) {
      if (constraint.kind == ConstraintKind::kForeignKey &&
          contains(constraint.columns, action_.column)) {
        steps.push_back(drop_foreign_key_step(make, *table, constraint));
      }
    }
    steps.push_back(drop_step(make, *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kContract)) return;
    if (is_kept(*table, *this, Context{catalog})) {
      fold_keep_column(*this, catalog, *table, action_.column);
    } else {
      fold_drop_column(catalog, *table, action_.column);
    }
  }

  std::string describe() const override {
    return fmt::format("drop_column table={} column={}{}{}", shown(target().name), action_.column,
                       action_.if_exists ? " if_exists" : "", action_.cascade ? " cascade" : "");
  }

 private:
  Step drop_step(const Maker& make, const Relation& table) const {
    std::vector<plan::LockClaim> locks =
        family(make.context.catalog, table, LockMode::kAccessExclusive);
    std::vector<plan::Touch> touches{touch_column(How::kDrops, table.name, action_.column)};
    const std::vector<plan::LockClaim> members = locks;
    for (const plan::LockClaim& member : members) {
      const Relation* relation = make.context.catalog.find(member.relation);
      if (relation) add_collateral(*relation, locks, touches);
    }
    append(locks, dropped_sequences(make.context.catalog, table.name, action_.column));
    Step step = make.transaction(
        Phase::kContract, fmt::format("drop column {}", action_.column),
        {alter_table(table.name, "DROP COLUMN " + sql::quote_identifier(action_.column))}, locks,
        undo_none(fmt::format("the values of {}.{}", shown(table.name), action_.column)),
        std::move(touches));
    step.irreversible = true;
    return step;
  }

  void add_collateral(const Relation& relation, std::vector<plan::LockClaim>& locks,
                      std::vector<plan::Touch>& touches) const {
    for (const catalog::Index& index : relation.indexes) {
      if (index.uses.count(action_.column) == 0) continue;
      locks.push_back(dropped_index(relation, index));
      touches.push_back(touch_index(How::kDrops, {relation.name.schema, index.name}));
    }
    for (const Constraint& constraint : relation.constraints) {
      const bool stays = constraint.kind == ConstraintKind::kForeignKey ||
                         constraint.kind == ConstraintKind::kNotNull ||
                         !contains(constraint.columns, action_.column);
      if (!stays) touches.push_back(touch_constraint(How::kDrops, relation.name, constraint.name));
    }
  }

  /// False, and refused: what PostgreSQL does not do without CASCADE, and what CASCADE would take
  /// along.
  bool judge_dependants(Judge& judge, const Relation& table) const {
    std::vector<std::string> names;
    for (const catalog::Dependant& dependant : table.dependants) {
      // Extended statistics go silently.
      if (dependant.kind != "statistics" && dependant.columns.count(action_.column) > 0) {
        names.push_back(fmt::format("{} {}", dependant.kind, shown(dependant.name)));
      }
    }
    for (const catalog::ReferencingKey& key : table.referenced_by) {
      if (contains(key.referenced_columns, action_.column)) {
        names.push_back(fmt::format("foreign key {} of {}", key.constraint, shown(key.table)));
      }
    }
    if (!names.empty()) {
      judge.refuse("drop-column-dependants",
                   fmt::format("{}.{} is used by {}.", shown(table.name), action_.column,
                               fmt::join(names, ", ")),
                   "Drop or change these first, each in a statement of its own.");
    } else if (action_.cascade) {
      judge.refuse("drop-cascade",
                   fmt::format("CASCADE drops whatever depends on {}.{} by the time it runs.",
                               shown(table.name), action_.column),
                   "Write it without CASCADE; nothing that is known depends on the column.");
    }
    return names.empty() && !action_.cascade;
  }

  static std::string kind_of(const catalog::Index& index) {
    if (!index.constraint.empty()) return index.unique ? "unique constraint " : "constraint ";
    return index.unique ? "unique index " : "index ";
  }

  /// Indexes, constraints and statistics over several columns go silently.
  void judge_collateral(Judge& judge, const Relation& table) const {
    std::vector<std::string> names;
    bool lost_unique = false;
    for (const catalog::Index& index : table.indexes) {
      if (index.uses.count(action_.column) > 0 && index.uses.size() > 1) {
        names.push_back(kind_of(index) + index.name);
        if (index.unique) lost_unique = true;
      }
    }
    for (const Constraint& constraint : table.constraints) {
      const bool checks = constraint.kind == ConstraintKind::kCheck ||
                          constraint.kind == ConstraintKind::kForeignKey;
      if (checks && constraint.columns.size() > 1 && contains(constraint.columns, action_.column)) {
        names.push_back("constraint " + constraint.name);
      }
    }
    for (const catalog::Dependant& dependant : table.dependants) {
      if (dependant.kind == "statistics" && dependant.columns.count(action_.column) > 0) {
        names.push_back("statistics " + shown(dependant.name));
      }
    }
    if (names.empty()) return;
    judge.report(
        {.id = "drop-column-takes-along",
         .effect =
             fmt::format("Drops {} of {} silently, which other columns use as well.{}",
                         fmt::join(names, ", "), shown(table.name),
                         lost_unique ? " What was unique may then come twice, and INSERT ... ON "
                                       "CONFLICT on it fails."
                                     : ""),
         .remedy = "If they are needed, create a replacement without the column in an earlier "
                   "migration."});
  }

  std::string remedy(const Relation& table, const Context& context) const {
    const std::string planned =
        "Planned for contract, after the deploy that stops using it; foreign keys go first, each "
        "in "
        "a transaction of its own";
    if (is_kept(table, *this, context)) {
      return fmt::format(
          "{}, then it loses its name, default, NOT NULL, constraints and indexes. `lockstep "
          "purge` "
          "removes it when {} are over, and can bring it back until then.",
          planned, grace_words(context));
    }
    return planned + "." + not_kept_words(table, *this, context);
  }

  void judge_kept(Judge& judge, const Relation& table, const Context& context) const {
    if (!context.catalog.partial &&
        !judge_known(judge, table, unknown_parts(table, action_.column))) {
      return;
    }
    const std::string kept_as = kept_column_name(*this, table, action_.column);
    if (!table.publications.empty()) {
      judge.refuse(
          "published-table",
          fmt::format("{} is published ({}): the column is kept under the name {}, and a "
                      "subscriber that has none of that name stops replicating.",
                      shown(table.name), fmt::join(table.publications, ", "), kept_as),
          "Drop it without a grace (LOCKSTEP_DROP_GRACE=0); or let all subscribers rename theirs "
          "at "
          "that moment, and write: -- lockstep: allow = published-table, reason = \"subscribers "
          "follow\"");
    }
    judge.report(
        {.id = "kept-column-visible",
         .effect =
             fmt::format("Until it is purged, SELECT * of {} still gives the column, as {}, and "
                         "INSERT without a list of columns still writes it in its place.",
                         shown(table.name), kept_as),
         .remedy = "Queries that list their columns notice nothing. Where some do not, drop it "
                   "without a grace: LOCKSTEP_DROP_GRACE=0."});
  }

  void judge_loss(Judge& judge, const Relation& table, const Context& context) const {
    judge.report({.id = "drop-column",
                  .effect = fmt::format(
                      "Takes AccessExclusiveLock on {}; the deployed application fails where "
                      "it still names {}, and the data is gone.",
                      shown(table.name), action_.column),
                  .remedy = remedy(table, context),
                  .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive}});
  }

  sql::DropColumn action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::DropColumn& action,
                                         const Origin& origin) {
  return one(std::make_unique<DropColumn>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_column", problems);
  TableTarget table;
  table.name = yaml_name(fields, "table", problems);
  sql::DropColumn action;
  action.column = yaml_identifier(fields, "column", problems);
  action.if_exists = fields.boolean("if_exists").value_or(false);
  fields.finish();
  return one(std::make_unique<DropColumn>(std::move(table), std::move(action), origin));
}

}  // namespace lockstep::operations::drop_column
