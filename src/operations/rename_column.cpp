#include "rename_column.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"
#include "sequences/swap_transaction.h"
#include "sequences/sync_trigger.h"
#include "sequences/twin_triggers.h"
#include "support/defaults.h"
#include "support/fold.h"
#include "support/fold_rename.h"
#include "support/list.h"
#include "support/privileges.h"
#include "support/renamed_object.h"
#include "support/yaml.h"

namespace lockstep::operations::rename_column {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// What the copies refuse the column refuses too, and the next release needs them.
constexpr CopyPhases kCopies{Phase::kExpand, Phase::kExpand, Phase::kExpand};

std::string display_name(const Relation& table, std::string_view column) {
  return fmt::format("{}.{}", shown(table.name), column);
}

/// BEFORE triggers that see a row before the sync trigger has made both columns the same.
std::vector<std::string> earlier_triggers(const Relation& table) {
  std::vector<std::string> names;
  for (const catalog::Trigger& trigger : table.triggers) {
    const bool fires = trigger.before && trigger.row_level && trigger.enabled != 'D' &&
                       (trigger.on_insert || trigger.on_update);
    if (fires && !is_sync_trigger(trigger)) names.push_back(trigger.name);
  }
  return names;
}

class RenameColumn final : public RenamedObject {
 public:
  using RenamedObject::RenamedObject;

  std::string_view name() const noexcept override { return "rename_column"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({target(), statement().if_exists, false});
    if (!table) return judge.take();
    const std::optional<Column> column = judge.column(*table, from());
    if (!column) return judge.take();
    if (table->column(to())) {
      judge.problem(fmt::format("table {} has a column {} already", shown(table->name), to()),
                    "Choose another name, or drop the other one in an earlier migration.");
      return judge.take();
    }
    if (is_partition(context.catalog, *table)) {
      judge.problem(fmt::format("{} is a partition", shown(table->name)),
                    "Rename the column of the table that it is a part of.");
      return judge.take();
    }
    if (is_unknown_to_others(*table, *column, context)) return judge.take();
    if (origin().phase) {
      judge.brief_lock(*table, LockMode::kAccessExclusive,
                       "With a phase written for it, the old name is gone in that instant: the "
                       "application must use neither name then.");
    } else if (context.contract_only) {
      judge.refuse(
          "rename-with-one-name",
          fmt::format("An earlier contract step of this file needs {}, so that this would be "
                      "contract too: the old name would go and the new one come in one instant, "
                      "and no application works before and after it.",
                      display_name(*table, from())),
          "Write the rename in a migration of its own, before or after this one.");
    } else if (judge_form(judge, *table, *column)) {
      judge_parts(judge, context, *table, *column);
      judge_triggers(judge, *table);
      judge_default(judge, *table, *column);
      report(judge, *table, *column);
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target());
    const Column* column = table ? table->column(from()) : nullptr;
    if (!column) return {};
    if (!has_two_names(*table, *column, context)) return plain(context, *table);
    const Maker make{*this, context};
    const Replacement replacement{*table, *column, to(), to()};
    const ColumnCopies copies = copies_for(make, replacement);
    const SyncTrigger trigger = sync_trigger(*table, *column);
    std::vector<Step> steps;
    steps.push_back(add_column(make, replacement));
    steps.push_back(keep_in_step(make, *table, *column, trigger));
    steps.push_back(fill(make, *table));
    if (auto twins = twin_triggers_step(make, replacement)) steps.push_back(std::move(*twins));
    for (Step& step : copy_steps(make, replacement, copies, kCopies)) {
      steps.push_back(std::move(step));
    }
    steps.push_back(drop_old_name(make, {replacement, copies, trigger}));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target());
    const Column* column = table ? table->column(from()) : nullptr;
    if (!column) return;
    const bool two_names = has_two_names(*table, *column, Context{catalog});
    if (phase != (two_names ? Phase::kContract : phase_of(*this, Context{catalog}, Phase::kExpand)))
      return;
    if (table->column(to())) {
      fold_drop_column(catalog, *table, from());
    } else {
      fold_rename_column(catalog, *table, from(), to(), two_names);
    }
  }

 private:
  const std::string& from() const { return statement().sub_name; }
  const std::string& to() const { return new_name(); }

  /// The deployed application cannot use the column yet.
  bool is_unknown_to_others(const Relation& table, const Column& column,
                            const Context& context) const {
    return is_new(table, *this, context) || (column.added_by_plan && !context.contract_only);
  }

  bool has_two_names(const Relation& table, const Column& column, const Context& context) const {
    return !origin().phase && !context.contract_only &&
           !is_unknown_to_others(table, column, context);
  }

  std::vector<Step> plain(const Context& context, const Relation& table) const {
    const auto words = [](const std::string& from, const std::string& to) {
      return fmt::format("RENAME COLUMN {} TO {}", sql::quote_identifier(from),
                         sql::quote_identifier(to));
    };
    return step(
        context, Phase::kExpand, fmt::format("column {}", from()),
        {alter_table(table.name, words(from(), to())),
         alter_table(table.name, words(to(), from()))},
        family(context.catalog, table, LockMode::kAccessExclusive),
        {touch_relation(How::kNeeds, table.name), touch_column(How::kRenames, table.name, from()),
         touch_column(How::kCreates, table.name, to())});
  }

  /// What cannot be copied as a column.
  static bool judge_form(Judge& judge, const Relation& table, const Column& column) {
    std::string form;
    if (!table.partitions.empty() || table.parent) form = "of a table with partitions or children";
    if (column.generated != catalog::Generated::kNone) form = "that is generated";
    if (column.constrained_domain) form = "of a domain with a constraint";
    if (form.empty()) return true;
    judge.refuse("rename-column-form",
                 fmt::format("Until contract there are both names, as two columns that a trigger "
                             "keeps in step; of a column {} Lockstep makes no second one.",
                             form),
                 "Keep the name. If no application uses the column at the moment, say so by "
                 "writing a phase: -- lockstep: phase = contract");
    return false;
  }

  void judge_parts(Judge& judge, const Context& context, const Relation& table,
                   const Column& column) const {
    if (!table.publications.empty()) {
      judge.refuse(
          "published-table",
          fmt::format("{} is published ({}): a subscriber without the column stops replicating.",
                      shown(table.name), fmt::join(table.publications, ", ")),
          "Add the column on all subscribers first, then write: -- lockstep: allow = "
          "published-table, reason = \"subscribers have the column\"");
    }
    std::vector<std::string> parts =
        cannot_be_carried({context.catalog, table, from()}, Likeness::kSameType);
    for (std::string& part : cannot_be_copied(context.catalog, {table, column, to(), to()},
                                              context.assumptions != nullptr)) {
      parts.push_back(std::move(part));
    }
    for (std::string& part : deferrable_keys(table)) parts.push_back(std::move(part));
    if (parts.empty()) return;
    judge.refuse(
        "rename-column-dependants",
        fmt::format("Until contract there are both names, as two columns; these would not go "
                    "over from {} to the other one: {}.",
                    display_name(table, from()), fmt::join(parts, ", ")),
        "Drop these in statements before this one, and create them again behind it.");
  }

  void judge_triggers(Judge& judge, const Relation& table) const {
    judge_sync_trigger(judge, table, trigger_name(table));
    const std::vector<std::string> earlier = earlier_triggers(table);
    if (earlier.empty()) return;
    judge.refuse(
        "rename-column-trigger",
        fmt::format("What the next release writes to {} is not in {} yet when {} {}: the columns "
                    "are made the same by a trigger that fires last.",
                    to(), from(), fmt::join(earlier, ", "), earlier.size() == 1 ? "fires" : "fire"),
        fmt::format("If none of them reads or sets {}, write: -- lockstep: allow = "
                    "rename-column-trigger, reason = \"...\"",
                    from()));
  }

  /// The trigger cannot tell a NULL that is written from one that is not.
  static void judge_default(Judge& judge, const Relation& table, const Column& column) {
    if (!column.default_value) return;
    const std::string effect = fmt::format(
        "Until contract an INSERT of an explicit NULL into {} stores its default, {}, and UPDATE "
        "... SET {} = DEFAULT {}.",
        display_name(table, column.name), column.default_value->text, column.name,
        column.not_null ? "fails" : "stores NULL");
    if (column.not_null) {
      judge.report({.id = "explicit-null-becomes-default",
                    .verdict = plan::Verdict::kInstant,
                    .effect = effect,
                    .remedy = "Before and after it an explicit NULL fails, since the column is NOT "
                              "NULL. Let the releases around it write no DEFAULT in an UPDATE."});
    } else {
      judge.refuse("explicit-null-becomes-default", effect,
                   "If the application never inserts an explicit NULL, write: -- lockstep: allow "
                   "= explicit-null-becomes-default, reason = \"...\"");
    }
  }

  void report(Judge& judge, const Relation& table, const Column& column) const {
    judge.report(
        {.id = "rename-column",
         .effect = "The deployed application fails on the old name in the same instant.",
         .remedy = fmt::format(
             "Both names work until contract: {} is added beside {}, a trigger keeps them the "
             "same whichever is written, the rows are filled in batches, indexes and constraints "
             "are made for it too; contract drops {}.",
             to(), from(), from()),
         .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive}});
    judge.report({.id = "column-position",
                  .effect = fmt::format("{} comes last among the columns of {}: INSERT without a "
                                        "list of columns fills others after contract.",
                                        to(), shown(table.name)),
                  .remedy = "Clients that list their columns do not notice."});
    judge_unique_copies(judge, {table, column, to(), to()});
    judge.report(
        {.id = "cached-plan",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("A prepared SELECT * FROM {} fails once in each phase with \"cached "
                               "plan must not change result type\".",
                               shown(table.name)),
         .remedy =
             "Clients that list their columns do not notice; others prepare again on 0A000."});
  }

  /// A unique index in the place of one refuses more than it, for the whole time between the
  /// phases.
  std::vector<std::string> deferrable_keys(const Relation& table) const {
    std::vector<std::string> keys;
    for (const catalog::Index& index : table.indexes) {
      if (index.uses.count(from()) == 0) continue;
      const catalog::Constraint* constraint = table.constraint(index.constraint);
      if (constraint && constraint->deferrable) {
        keys.push_back("deferrable constraint " + constraint->name);
      }
    }
    return keys;
  }

  std::string trigger_name(const Relation& table) const {
    return sync_trigger_name(*this, table, to(), 1);
  }

  SyncTrigger sync_trigger(const Relation& table, const Column& column) const {
    std::optional<std::string> fill;
    if (column.default_value) fill = column.default_value->text;
    const bool drawn = column.identity != catalog::Identity::kNone;
    return {
        table,
        trigger_name(table),
        drawn ? two_way_identity_statements(from(), to()) : two_way_statements(from(), to(), fill),
        {from(), to()},
        {from(), to()}};
  }

  /// Which of two defaults an INSERT was given could not be told; the trigger gives the one.
  Step keep_in_step(const Maker& make, const Relation& table, const Column& column,
                    const SyncTrigger& trigger) const {
    Step step = create_sync_trigger_step(make, Phase::kExpand, trigger);
    if (!column.default_value) return step;
    auto& body = std::get<plan::TransactionBody>(step.body);
    const std::string alter = "ALTER COLUMN " + sql::quote_identifier(from()) + " ";
    body.sql.push_back(alter_table(table.name, alter + "DROP DEFAULT"));
    step.undo.sql.push_back(alter_table(table.name, alter + default_clause(table, from())));
    step.locks = family(make.context.catalog, table, LockMode::kAccessExclusive);
    body.lock_first = lockable(make.context.catalog, step.locks);
    step.touches.push_back(touch_defaults(How::kChanges, table.name));
    return step;
  }

  Step fill(const Maker& make, const Relation& table) const {
    const std::string old = sql::quote_identifier(from());
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table.name),
                                     touch_column(How::kNeeds, table.name, from()),
                                     touch_column(How::kChanges, table.name, to())};
    return make.backfill(Phase::kExpand, fmt::format("fill {} from {}", to(), from()),
                         backfill_rows(table, {{to(), old}},
                                       fmt::format("{} IS NULL AND {} IS NOT NULL",
                                                   sql::quote_identifier(to()), old)),
                         undo_exact(), std::move(touches));
  }

  /// Without default and NOT NULL, with the privileges that are on the other one.
  static Step add_column(const Maker& make, const Replacement& replacement) {
    const Relation& table = replacement.table;
    const Column& column = replacement.column;
    const std::string name = sql::quote_identifier(replacement.fresh);
    std::vector<std::string> sql{alter_table(
        table.name, fmt::format("ADD COLUMN {} {}{}", name, column.type,
                                column.collation.empty() ? "" : " COLLATE " + column.collation))};
    for (std::string& grant : column_grants_again(table, column.name, replacement.fresh)) {
      sql.push_back(std::move(grant));
    }
    return make.transaction(
        Phase::kExpand, fmt::format("add column {}, nullable", replacement.fresh), std::move(sql),
        family(make.context.catalog, table, LockMode::kAccessExclusive),
        undo_exact({alter_table(table.name, "DROP COLUMN " + name)}),
        {touch_relation(How::kNeeds, table.name),
         touch_column(How::kNeeds, table.name, column.name),
         touch_column(How::kCreates, table.name, replacement.fresh)});
  }

  Step drop_old_name(const Maker& make, Swap swap) const {
    const Column& column = swap.replacement.column;
    if (column.default_value) swap.default_value = column.default_value->text;
    swap.old_name = old_column_name(*this, to());
    swap.drops_old = true;
    Step step =
        swap_step(make, swap, fmt::format("drop column {}; {} takes its place", from(), to()),
                  fmt::format("the column {} beside {}", from(), to()));
    const std::string carried = step.note.empty() ? "" : "; " + step.note;
    step.note = "is contract because the deployed application uses the old name" + carried;
    return step;
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin) {
  return one(std::make_unique<RenameColumn>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation rename_column", problems);
  sql::Rename rename;
  rename.object_type = "COLUMN";
  rename.name = yaml_name(fields, "table", problems);
  rename.sub_name = yaml_identifier(fields, "column", problems);
  yaml_new_name(fields, rename, problems);
  fields.finish();
  return from_statement(rename, origin);
}

}  // namespace lockstep::operations::rename_column
