#include "delete_rows.h"

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

namespace lockstep::operations::delete_rows {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class DeleteRows final : public Operation {
 public:
  DeleteRows(std::string text, sql::Delete statement, Origin origin)
      : Operation(std::move(origin)),
        text_(std::move(text)),
        statement_(std::move(statement)),
        within_(sql::look_within(text_)) {}

  std::string_view name() const noexcept override { return "delete_rows"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.table);
    request.relations.insert(statement_.reads.begin(), statement_.reads.end());
    request_expression(request, statement_.where);
    request_columns(request, within_.query);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({statement_.table, false, false});
    if (!table) return judge.take();
    judge_columns(judge, within_.query, context);
    judge_expression(judge, context.catalog, statement_.where);
    if (is_new(*table, *this, context)) return judge.take();
    const Batching batching = batch_delete(statement_, *table, context.catalog);
    if (!batching.refusal.empty()) {
      judge_not_batchable(judge, shown(table->name), batching.refusal, batching.remedy);
      return judge.take();
    }
    judge.report(
        {.id = "delete-in-one-transaction",
         .effect = fmt::format("Locks each row of {} that it deletes until all are deleted.",
                               shown(table->name)),
         .remedy = "Staged: in batches that adapt to the load and can be stopped and resumed.",
         .lock = plan::LockClaim{table->name, LockMode::kRowExclusive},
         .scan = true});
    judge_cascades(*table, judge);
    judge_statement_triggers(judge, *table, &catalog::Trigger::on_delete);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*table, *this, context);
    const Batching batching = batch_delete(statement_, *table, context.catalog);
    const std::string title = fmt::format("delete rows of {}", shown(table->name));
    std::vector<Step> steps;
    if (fresh || !batching.refusal.empty()) {
      steps.push_back(make.transaction(fresh ? Phase::kExpand : Phase::kContract, title, {text_},
                                       locks(*table, context), fresh ? undo_exact() : lost(*table),
                                       touches(*table, context)));
      steps.back().irreversible = !fresh;
      std::get<plan::TransactionBody>(steps.back().body).alone = !fresh;
      return steps;
    }
    plan::BackfillBody body = backfill_rows(*table, {}, batching.remaining);
    body.is_delete = true;
    body.predicate = statement_.where ? statement_.where->text : std::string();
    body.alias = statement_.alias.value_or("");
    steps.push_back(make.backfill(Phase::kContract, title, std::move(body), lost(*table),
                                  touches(*table, context)));
    steps.back().locks = locks(*table, context);
    steps.back().irreversible = true;
    attach_direct(steps, 0, 0, {plain_sql(*table)}, steps.back().locks, table->name, context);
    return steps;
  }

  void apply(catalog::Catalog&, Phase) const override {}

  std::string describe() const override {
    return fmt::format("delete_rows table={}{}", shown(statement_.table),
                       statement_.where ? " where=" + statement_.where->text : "");
  }

 private:
  static void judge_cascades(const Relation& table, Judge& judge) {
    std::vector<std::string> reached;
    for (const plan::LockClaim& claim : locks_of_delete(table)) {
      if (claim.mode == LockMode::kRowExclusive) reached.push_back(shown(claim.relation));
    }
    if (reached.empty()) return;
    judge.report(
        {.id = "delete-cascades",
         .verdict = plan::Verdict::kInstant,
         .effect =
             fmt::format("Foreign keys carry the deletion on to {}.", fmt::join(reached, ", ")),
         .remedy =
             "Make sure that their referencing columns are indexed: each deleted row looks for "
             "them."});
  }

  std::string plain_sql(const Relation& table) const {
    return fmt::format("DELETE FROM {}{}{}", sql::quote(table.name),
                       statement_.alias ? " AS " + sql::quote_identifier(*statement_.alias) : "",
                       statement_.where ? " WHERE " + statement_.where->text : "");
  }

  static plan::Undo lost(const Relation& table) {
    return undo_none(fmt::format("the deleted rows of {}", shown(table.name)));
  }

  std::vector<plan::LockClaim> locks(const Relation& table, const Context& context) const {
    std::vector<plan::LockClaim> locks = family(context.catalog, table, LockMode::kRowExclusive);
    append(locks, locks_of_delete(table));
    append(locks, locks_of_reads(context.catalog, statement_.reads));
    return merge(locks);
  }

  std::vector<plan::Touch> touches(const Relation& table, const Context& context) const {
    std::vector<plan::Touch> touches{touch_relation(plan::Touch::How::kNeeds, table.name),
                                     touch_rows(table.name)};
    if (statement_.where) append_reads(touches, context.catalog, table, *statement_.where);
    append_effects(touches, table, context);
    return touches;
  }

  /// What decides which rows it leaves, where foreign keys carry it on to too.
  void append_effects(std::vector<plan::Touch>& touches, const Relation& table,
                      const Context& context) const {
    using How = plan::Touch::How;
    append_rows_read(touches, context.catalog, statement_.reads);
    if (statement_.where) append_functions(touches, context.catalog, *statement_.where);
    append_triggers(touches, table, &catalog::Trigger::on_delete);
    touches.push_back(touch_references(How::kNeeds, table.name));
    for (const catalog::ReferencingKey& key : table.referenced_by) {
      const bool carried_on = key.on_delete == 'c' || key.on_delete == 'n' || key.on_delete == 'd';
      if (!carried_on || !key.table.in_tenant() || key.table == table.name) continue;
      touches.push_back(touch_rows(key.table));
      touches.push_back(touch_triggers(How::kNeeds, key.table));
      touches.push_back(touch_references(How::kNeeds, key.table));
    }
  }

  std::string text_;
  sql::Delete statement_;
  sql::Within within_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::Delete& statement,
                                         const Origin& origin) {
  return one(std::make_unique<DeleteRows>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation delete_rows", problems);
  const std::string table = fields.required_text("table");
  const std::optional<std::string> where = fields.text("where");
  fields.finish();
  const std::string text = fmt::format("DELETE FROM {}{}", table, where ? " WHERE " + *where : "");
  const auto parsed = parse_as<sql::Delete>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::delete_rows
