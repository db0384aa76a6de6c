#include "alter_column_type.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "sequences/carried_over.h"
#include "sequences/column_copies.h"
#include "sequences/sync_trigger.h"
#include "sequences/type_in_place.h"
#include "sequences/type_swap.h"
#include "support/altered_column.h"
#include "support/changed_column.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/requests.h"
#include "support/types.h"

namespace lockstep::operations::alter_column_type {

using catalog::Column;
using catalog::Constraint;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// What the change takes.
enum class Way {
  kNothing,  ///< it has the type already
  kPlain,    ///< nobody else knows the table yet
  kInstant,  ///< the values stay as they are stored
  kSwap,
};

class AlterColumnType final : public AlteredColumn {
 public:
  AlterColumnType(ColumnTarget target, sql::AlterColumnType action, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), action_(std::move(action)) {
    // USING c says what is meant without it.
    if (!action_.using_expression) return;
    const auto name = sql::parse_qualified_name(action_.using_expression->text, {});
    const auto* bare = std::get_if<sql::QualifiedName>(&name);
    if (bare && bare->schema.empty() && bare->name == column()) action_.using_expression.reset();
  }

  std::string_view name() const noexcept override { return "alter_column_type"; }

  void request(catalog::CatalogRequest& request) const override {
    AlteredColumn::request(request);
    request_type(request, action_.type);
    request_expression(request, action_.using_expression);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const std::optional<Column> altered = judge.column(*table, column());
    if (!altered || !judge_target(judge, context, *table)) return judge.take();
    if (table->assumed) {
      report_rewrite(judge, *table, true);
      return judge.take();
    }
    const ChangedColumn changed = change(*table, *altered, context);
    const Way way = way_of(changed, context);
    if (way == Way::kNothing) return judge.take();
    if (!judge_conversion(judge, changed, action_.using_expression, context.catalog) ||
        !judge_dependants(judge, context, changed)) {
      return judge.take();
    }
    if (way == Way::kPlain) return judge.take();
    if (way == Way::kInstant) {
      judge_instant(judge, changed);
    } else {
      judge_swap(judge, context, changed);
    }
    judge.report(
        {.id = "cached-plan",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("A prepared query that gives {}.{}, or SELECT *, fails once with "
                               "\"cached plan must not change result type\".",
                               shown(table->name), column()),
         .remedy = "Clients have to prepare again on 0A000; drivers with a statement cache do."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Column* altered = find(context.catalog);
    if (!altered) return {};
    const Relation& table = *context.catalog.find(target().name);
    const ChangedColumn changed = change(table, *altered, context);
    const Maker make{*this, context};
    switch (way_of(changed, context)) {
      case Way::kNothing:
        return {};
      case Way::kPlain:
      case Way::kInstant:
        return plain_steps(make, changed);
      case Way::kSwap:
        break;
    }
    std::vector<Step> steps = type_swap_steps(
        make, {table, *altered, action_.type.text, format(context), action_.collation.value_or(""),
               action_.using_expression, is_lossless(changed), likeness(changed),
               converted_default(changed)});
    if (const catalog::Type* type = context.catalog.find_type(action_.type.name)) {
      steps.front().touches.push_back(touch_type(How::kNeeds, type->name));
    }
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    const Column* altered = find(catalog);
    if (!altered) return;
    Relation& table = *catalog.find(target().name);
    const Context context{catalog};
    const ChangedColumn changed = change(table, *altered, context);
    const Way way = way_of(changed, context);
    if (way == Way::kNothing || phase != phase_of(*this, context, natural_phase(changed, way))) {
      return;
    }
    Column result = *altered;
    result.type = format(context);
    result.type_name = resolve_type(action_.type, catalog);
    result.constrained_domain = constrained_domain(action_.type, catalog);
    result.collation = action_.collation.value_or("");
    if (const std::optional<std::string> value = converted_default(changed)) {
      result.default_value->text = *value;
      result.default_value->origin = sql::Expr::Origin::kAuthor;
    }
    fold_changed_column(catalog, table, result, way == Way::kSwap);
  }

  std::optional<catalog::ColumnName> changed(const catalog::Catalog& catalog) const {
    if (!find(catalog)) return std::nullopt;
    return catalog::ColumnName{catalog.find(target().name)->name, column()};
  }

  std::string describe() const override {
    return fmt::format("alter_column_type {} type={}{}{}", described(), action_.type.text,
                       action_.collation ? " collation=" + *action_.collation : "",
                       action_.using_expression ? " using=" + action_.using_expression->text : "");
  }

 private:
  std::string format(const Context& context) const {
    return format_type(action_.type, context.catalog);
  }

  ChangedColumn change(const Relation& table, const Column& altered, const Context& context) const {
    return changed_column(context.catalog, table, altered, action_.type,
                          action_.collation.value_or(""));
  }

  Way way_of(const ChangedColumn& changed, const Context& context) const {
    const bool converted = action_.using_expression.has_value();
    if (changed.same && !converted) return Way::kNothing;
    if (is_new(changed.table, *this, context)) return Way::kPlain;
    return !converted && changed.instant ? Way::kInstant : Way::kSwap;
  }

  Phase natural_phase(const ChangedColumn& changed, Way way) const {
    if (way == Way::kPlain) return Phase::kExpand;
    return way == Way::kInstant && changed.widens ? Phase::kExpand : Phase::kContract;
  }

  bool judge_target(Judge& judge, const Context& context, const Relation& table) const {
    if (is_partition(context.catalog, table)) {
      judge.problem(fmt::format("{} is a partition of {}", shown(table.name), shown(*table.parent)),
                    fmt::format("Change the type in {}.", shown(*table.parent)));
      return false;
    }
    if (action_.type.is_serial()) {
      judge.problem(fmt::format("{} is no type of its own", action_.type.text),
                    "Write smallint, integer or bigint; the column's default stays.");
      return false;
    }
    judge_type(judge, context.catalog, action_.type);
    return true;
  }

  void judge_instant(Judge& judge, const ChangedColumn& changed) const {
    if (!changed.rechecks.empty()) {
      judge.report(
          {.id = "alter-column-type-recheck",
           .effect = fmt::format("Reads all of {} for {} while nobody can read or write it.",
                                 shown(changed.table.name), changed.rechecks.front()->name),
           .remedy = "Staged: the constraint comes back in the same instant without being checked, "
                     "and is validated while everybody goes on.",
           .lock = plan::LockClaim{changed.table.name, LockMode::kAccessExclusive},
           .scan = true});
      return;
    }
    judge.brief_lock(changed.table, LockMode::kAccessExclusive,
                     "The values stay as they are stored, and so do the indexes.");
  }

  void report_rewrite(Judge& judge, const Relation& table, bool rewrite) const {
    const plan::LockClaim lock{table.name, LockMode::kAccessExclusive};
    judge.report(
        {.id = "alter-column-type",
         .effect = rewrite
                       ? fmt::format("As written it rewrites {} and its indexes while nobody can "
                                     "read or write it.",
                                     shown(table.name))
                       : fmt::format("As written it builds indexes of {} again while nobody can "
                                     "read or write it.",
                                     shown(table.name)),
         .remedy = "Staged: a new column, kept in step by a trigger and filled in batches, gets "
                   "copies of indexes and constraints, and in contract takes the old one's place.",
         .lock = lock,
         .rewrite = rewrite,
         .scan = !rewrite});
  }

  bool is_lossless(const ChangedColumn& changed) const {
    return changed.lossless(action_.using_expression.has_value());
  }

  static Likeness likeness(const ChangedColumn& changed) {
    return changed.alike ? Likeness::kAlike : Likeness::kOther;
  }

  Hanging hanging(const Context& context, const ChangedColumn& changed) const {
    return {context.catalog, changed.table, column()};
  }

  /// PostgreSQL changes no type below what names the column.
  bool judge_dependants(Judge& judge, const Context& context, const ChangedColumn& changed) const {
    std::vector<std::string> names =
        cannot_be_carried(hanging(context, changed), likeness(changed));
    for (const plan::LockClaim& member :
         family(context.catalog, changed.table, LockMode::kAccessExclusive)) {
      const Relation* part = context.catalog.find(member.relation);
      if (!part || part->name == changed.table.name) continue;
      const std::string more = named_by_objects({context.catalog, *part, column()});
      if (!more.empty()) names.push_back(fmt::format("{} of {}", more, shown(part->name)));
    }
    if (names.empty()) return true;
    judge.refuse("alter-column-type-dependants",
                 fmt::format("PostgreSQL changes no type below what names the column, and {}.{} is "
                             "named by {}.",
                             shown(changed.table.name), column(), fmt::join(names, ", ")),
                 "Drop these in statements before it, and create them again behind it, in the same "
                 "migration.");
    return false;
  }

  bool judge_copies(Judge& judge, const Context& context, const ChangedColumn& changed) const {
    const std::vector<std::string> names = cannot_be_copied(
        context.catalog,
        type_replacement(*this, changed.table, changed.column, is_lossless(changed)),
        context.assumptions != nullptr);
    if (names.empty()) return true;
    judge.refuse("alter-column-type-copies",
                 fmt::format("Lockstep cannot copy what {}.{} has: {}.", shown(changed.table.name),
                             column(), fmt::join(names, ", ")),
                 "Drop these in a statement before it, and create them again behind it; what an "
                 "earlier pending migration makes can be copied once that is applied.");
    return false;
  }

  void judge_swap(Judge& judge, const Context& context, const ChangedColumn& changed) const {
    const Relation& table = changed.table;
    if (!judge_swappable(judge, context.catalog, changed) ||
        !judge_copies(judge, context, changed) ||
        !judge_sync_trigger(
            judge, table,
            type_sync_trigger_name(*this, table, column(), action_.using_expression))) {
      return;
    }
    report_rewrite(judge, table, action_.using_expression || !changed.keeps_values);
    if (!table.publications.empty()) {
      judge.refuse("published-table",
                   fmt::format("{} is published: a subscriber without the new column stops "
                               "replicating, and values of the new type arrive in contract.",
                               shown(table.name)),
                   "Take it out of the publication for the change, or, where subscribers have "
                   "both columns, write: -- lockstep: allow = published-table, reason = "
                   "\"subscribers have the columns\"");
    }
    judge_update_triggers(judge, table);
    judge_unique_copies(judge,
                        type_replacement(*this, table, changed.column, is_lossless(changed)));
    judge_references(judge, context.catalog, changed);
    judge.report(
        {.id = "column-position",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("{} becomes the last column of {}: INSERT without a list of columns "
                               "and SELECT * see another order.",
                               column(), shown(table.name)),
         .remedy = "Clients that list their columns do not notice."});
  }

  std::vector<Step> plain_steps(const Maker& make, const ChangedColumn& changed) const {
    const Way way = way_of(changed, make.context);
    std::string action = "TYPE " + action_.type.text;
    if (action_.collation) action += " COLLATE " + *action_.collation;
    if (action_.using_expression) action += " USING " + action_.using_expression->text;
    return type_in_place_steps(
        make, {changed, action, action_.type.text, way == Way::kPlain,
               action_.using_expression || !changed.keeps_values, natural_phase(changed, way)});
  }

  sql::AlterColumnType action_;
};

}  // namespace

std::optional<catalog::ColumnName> changed_by(const Operation& operation,
                                              const catalog::Catalog& catalog) {
  const auto* change = dynamic_cast<const AlterColumnType*>(&operation);
  return change ? change->changed(catalog) : std::nullopt;
}

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::AlterColumnType& action, const Origin& origin) {
  return one(std::make_unique<AlterColumnType>(ColumnTarget{table, action.column}, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation alter_column_type", problems);
  ColumnTarget target = yaml_column_target(fields, problems);
  sql::AlterColumnType action;
  action.column = target.column;
  fields.required_node("type");
  if (auto type = yaml_type(fields, "type", problems)) action.type = std::move(*type);
  if (fields.node("collation") != nullptr) {
    action.collation = sql::quote(yaml_name(fields, "collation", problems));
  }
  action.using_expression = yaml_expression(fields, "using", problems);
  fields.finish();
  return one(std::make_unique<AlterColumnType>(std::move(target), std::move(action), origin));
}

}  // namespace lockstep::operations::alter_column_type
