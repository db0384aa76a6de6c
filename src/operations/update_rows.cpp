#include "update_rows.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "lockstep/sql/within.h"
#include "sequences/backfill.h"
#include "sequences/steps.h"
#include "support/batches.h"
#include "support/dml.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/query_columns.h"
#include "support/row_locks.h"
#include "support/yaml.h"

namespace lockstep::operations::update_rows {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class UpdateRows final : public Operation {
 public:
  UpdateRows(std::string text, sql::Update statement, Origin origin)
      : Operation(std::move(origin)),
        text_(std::move(text)),
        statement_(std::move(statement)),
        within_(sql::look_within(text_)) {}

  std::string_view name() const noexcept override { return "update_rows"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.table);
    request.relations.insert(statement_.reads.begin(), statement_.reads.end());
    for (const sql::Assignment& assignment : statement_.assignments) {
      request_expression(request, assignment.value);
    }
    request_expression(request, statement_.where);
    request_columns(request, within_.query);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({statement_.table, false, false});
    if (!table) return judge.take();
    for (const std::string& column : written()) judge.column(*table, column);
    judge_columns(judge, within_.query, context);
    for (const sql::Assignment& assignment : statement_.assignments) {
      judge_expression(judge, context.catalog, assignment.value);
    }
    judge_expression(judge, context.catalog, statement_.where);
    if (is_new(*table, *this, context)) return judge.take();
    const Batching batching = batch_update(statement_, *table, context.catalog);
    if (!batching.refusal.empty()) {
      judge_not_batchable(judge, shown(table->name), batching.refusal, batching.remedy);
      return judge.take();
    }
    judge.report(
        {.id = "update-in-one-transaction",
         .effect = fmt::format("Locks each row of {} that it changes until all are changed, and "
                               "leaves the table twice its size.",
                               shown(table->name)),
         .remedy = "Staged: in batches that adapt to the load and can be stopped and resumed.",
         .lock = plan::LockClaim{table->name, LockMode::kRowExclusive},
         .scan = true});
    if (batching.remaining.empty() && only_new_columns(*table)) {
      judge.report(
          {.id = "backfill-not-swept",
           .effect =
               "Rows that the deployed application writes after this step keep what they have: "
               "nothing tells them from those that are done.",
           .remedy = "Add WHERE column IS NULL, and Lockstep fills them in contract."});
    }
    judge_statement_triggers(judge, *table, &catalog::Trigger::on_update);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    const std::string where = statement_.where ? statement_.where->text : std::string();
    std::vector<Step> steps;
    const Batching batching = batch_update(statement_, *table, context.catalog);
    const bool fresh = is_new(*table, *this, context);
    if (fresh || !batching.refusal.empty()) {
      const Phase phase = fresh || only_new_columns(*table) ? Phase::kExpand : Phase::kContract;
      steps.push_back(make.transaction(phase, title(*table), {text_}, locks(*table, context),
                                       fresh ? undo_exact() : undo(*table),
                                       touches(*table, context)));
      std::get<plan::TransactionBody>(steps.back().body).alone = !fresh;
      append_effects(steps.back(), *table, context);
      return steps;
    }
    const bool expand = only_new_columns(*table);
    steps.push_back(backfill(make, *table, expand ? Phase::kExpand : Phase::kContract,
                             title(*table), where, batching.remaining));
    append_effects(steps.front(), *table, context);
    // What sweeps behind it needs none of that: it is not what the author wrote.
    if (expand && steps.front().phase == Phase::kExpand && !origin().phase &&
        !batching.remaining.empty()) {
      steps.push_back(backfill(make, *table, Phase::kContract,
                               title(*table) + ", of rows written meanwhile", where,
                               batching.remaining));
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      attach_direct(steps, i, i, {sql_for(*table, i == 0 ? where : batching.remaining)},
                    steps[i].locks, table->name, context);
    }
    return steps;
  }

  void apply(catalog::Catalog&, Phase) const override {}

  std::string describe() const override {
    return fmt::format("update_rows table={} set=({}){}", shown(statement_.table), set_list(),
                       statement_.where ? " where=" + statement_.where->text : "");
  }

 private:
  std::vector<std::string> written() const {
    std::vector<std::string> columns;
    for (const sql::Assignment& assignment : statement_.assignments)
      columns.push_back(assignment.column);
    return columns;
  }

  /// RULES.md 3: what the deployed application does not know it cannot miss.
  bool only_new_columns(const Relation& table) const {
    return std::all_of(statement_.assignments.begin(), statement_.assignments.end(),
                       [&](const auto& each) {
                         const catalog::Column* column = table.column(each.column);
                         return column && column->added_by_plan;
                       });
  }

  std::string title(const Relation& table) const {
    return fmt::format("update {} of {}", fmt::join(written(), ", "), shown(table.name));
  }

  std::string set_list() const {
    std::vector<std::string> parts;
    for (const sql::Assignment& assignment : statement_.assignments) {
      parts.push_back(
          fmt::format("{} = {}", sql::quote_identifier(assignment.column), assignment.value.text));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  std::string sql_for(const Relation& table, const std::string& where) const {
    return fmt::format("UPDATE {}{} SET {}{}", sql::quote(table.name),
                       statement_.alias ? " AS " + sql::quote_identifier(*statement_.alias) : "",
                       set_list(), where.empty() ? "" : " WHERE " + where);
  }

  std::vector<plan::LockClaim> locks(const Relation& table, const Context& context) const {
    std::vector<plan::LockClaim> locks = family(context.catalog, table, LockMode::kRowExclusive);
    append(locks, locks_of_write(context.catalog, table, written()));
    append(locks, locks_of_reads(context.catalog, statement_.reads));
    return merge(locks);
  }

  plan::Undo undo(const Relation& table) const {
    // With its columns the new values go.
    if (only_new_columns(table)) return undo_exact();
    return undo_structure_only(fmt::format("the former values of {} in {}",
                                           fmt::join(written(), ", "), shown(table.name)));
  }

  std::vector<plan::Touch> touches(const Relation& table, const Context& context) const {
    using How = plan::Touch::How;
    std::vector<plan::Touch> touches;
    for (const std::string& column : written()) {
      touches.push_back(touch_column(How::kChanges, table.name, column));
    }
    for (const sql::Assignment& assignment : statement_.assignments) {
      append_reads(touches, context.catalog, table, assignment.value);
    }
    if (statement_.where) append_reads(touches, context.catalog, table, *statement_.where);
    return touches;
  }

  /// What decides which values it leaves. In contract others have read and written the rows.
  void append_effects(Step& step, const Relation& table, const Context& context) const {
    using How = plan::Touch::How;
    if (step.phase == Phase::kContract) step.touches.push_back(touch_rows(table.name));
    append_rows_read(step.touches, context.catalog, statement_.reads);
    for (const sql::Assignment& assignment : statement_.assignments) {
      append_functions(step.touches, context.catalog, assignment.value);
    }
    if (statement_.where) append_functions(step.touches, context.catalog, *statement_.where);
    append_triggers(step.touches, table, &catalog::Trigger::on_update);
    if (writes_key(table)) step.touches.push_back(touch_references(How::kNeeds, table.name));
  }

  /// Whether it writes what a foreign key references, or may have referenced.
  bool writes_key(const Relation& table) const {
    const std::vector<std::string> columns = written();
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const auto& index) {
      return index.unique && std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
               return index.uses.count(column) > 0;
             });
    });
  }

  Step backfill(const Maker& make, const Relation& table, Phase phase, std::string title,
                const std::string& where, const std::string& remaining) const {
    std::vector<plan::BackfillBody::Assignment> assignments;
    for (const sql::Assignment& assignment : statement_.assignments) {
      assignments.push_back({assignment.column, assignment.value.text});
    }
    plan::BackfillBody body = backfill_rows(table, std::move(assignments), remaining);
    body.predicate = where;
    body.alias = statement_.alias.value_or("");
    Step step = make.backfill(phase, std::move(title), std::move(body), undo(table),
                              touches(table, make.context));
    step.locks = locks(table, make.context);
    return step;
  }

  std::string text_;
  sql::Update statement_;
  sql::Within within_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::Update& statement,
                                         const Origin& origin) {
  return one(std::make_unique<UpdateRows>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation update_rows", problems);
  const std::string table = fields.required_text("table");
  std::vector<std::string> assignments;
  if (const text::Node* set = fields.required_node("set")) {
    for (const text::Node::Entry& entry : set->entries()) {
      assignments.push_back(fmt::format("{} = {}", entry.key, entry.value.scalar()));
    }
    if (assignments.empty()) fields.problem("set", "set must map columns to expressions");
  }
  const std::optional<std::string> where = fields.text("where");
  fields.finish();
  const std::string text = fmt::format("UPDATE {} SET {}{}", table, fmt::join(assignments, ", "),
                                       where ? " WHERE " + *where : "");
  const auto parsed = parse_as<sql::Update>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::update_rows
