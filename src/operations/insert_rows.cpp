#include "insert_rows.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sequences/steps.h"
#include "support/dml.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/row_locks.h"
#include "support/text.h"

namespace lockstep::operations::insert_rows {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class InsertRows final : public Operation {
 public:
  InsertRows(std::string text, sql::Insert statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "insert_rows"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.table);
    request.relations.insert(statement_.reads.begin(), statement_.reads.end());
    request.functions.insert(statement_.functions.begin(), statement_.functions.end());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.relation(statement_.table);
    if (!table) return judge.take();
    for (const std::string& column : statement_.columns) judge.column(*table, column);
    judge_functions(judge, context.catalog, statement_.functions);
    if (!statement_.from_values && !reads_only_new(context)) {
      judge.refuse(
          "non-batchable-dml",
          fmt::format("Copies rows into {} in one transaction, however many there are, and a batch "
                      "could not be repeated without copying them twice.",
                      shown(table->name)),
          "Write the rows with VALUES. If they are few in every tenant, allow it with a reason: it "
          "then "
          "runs as one statement, within max_hold.");
      return judge.take();
    }
    if (is_new(*table, *this, context)) return judge.take();
    judge.report(
        {.id = "insert-rows",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("Inserts into {}, as the application does.", shown(table->name)),
         .remedy = "It runs in one transaction, exactly once in each tenant.",
         .lock = plan::LockClaim{table->name, LockMode::kRowExclusive}});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    std::vector<plan::LockClaim> locks{{table->name, LockMode::kRowExclusive}};
    append(locks, locks_of_write(context.catalog, *table, columns(*table)));
    append(locks, locks_of_reads(context.catalog, statement_.reads));
    append(locks, locks_of_numbering(context.catalog, *table, statement_.columns));
    std::vector<plan::Touch> touches{touch_relation(plan::Touch::How::kNeeds, table->name),
                                     touch_rows(table->name)};
    for (const std::string& column : statement_.columns) {
      touches.push_back(touch_column(plan::Touch::How::kNeeds, table->name, column));
    }
    for (const catalog::QualifiedName& read : statement_.reads) {
      touches.push_back(touch_relation(plan::Touch::How::kNeeds, context.catalog.qualify(read)));
    }
    append_effects(touches, *table, context);
    std::vector<Step> steps;
    steps.push_back(make.transaction(
        Phase::kExpand, fmt::format("insert into {}", shown(table->name)), {text_}, locks,
        is_new(*table, *this, context)
            ? undo_exact()
            : undo_structure_only(fmt::format("the inserted rows stay in {}", shown(table->name))),
        std::move(touches)));
    // However many rows it copies, it holds no other step's locks meanwhile.
    std::get<plan::TransactionBody>(steps.back().body).alone =
        !statement_.from_values && !reads_only_new(context);
    return steps;
  }

  void apply(catalog::Catalog&, Phase) const override {}

  std::string describe() const override { return "insert_rows " + one_line(text_); }

 private:
  bool reads_only_new(const Context& context) const {
    return std::all_of(statement_.reads.begin(), statement_.reads.end(), [&](const auto& name) {
      const Relation* relation = context.catalog.find(name);
      return relation && is_new(*relation, *this, context);
    });
  }

  /// What decides which rows it leaves.
  void append_effects(std::vector<plan::Touch>& touches, const Relation& table,
                      const Context& context) const {
    append_rows_read(touches, context.catalog, statement_.reads);
    append_functions(touches, context.catalog, statement_.functions);
    append_triggers(touches, table, &catalog::Trigger::on_insert);
    touches.push_back(touch_defaults(plan::Touch::How::kNeeds, table.name));
    for (const catalog::Column& column : table.columns) {
      if (column.default_value) append_functions(touches, context.catalog, *column.default_value);
    }
  }

  std::vector<std::string> columns(const Relation& table) const {
    if (!statement_.columns.empty()) return statement_.columns;
    std::vector<std::string> all;
    for (const catalog::Column& column : table.columns) all.push_back(column.name);
    return all;
  }

  std::string text_;
  sql::Insert statement_;
};

/// "(a, b) VALUES (1, 2), (3, 4)" of rows that all have the same columns.
std::string values_of(text::Fields& fields) {
  std::vector<std::string> columns;
  std::vector<std::string> rows;
  for (const text::Node& row : fields.nodes("rows")) {
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const text::Node::Entry& entry : row.entries()) {
      names.push_back(entry.key);
      values.push_back(entry.value.scalar());
    }
    if (rows.empty()) columns = names;
    if (names.empty() || names != columns) {
      fields.problem("rows",
                     "every row must map the same columns, in the same order, to expressions");
      return {};
    }
    rows.push_back(fmt::format("({})", fmt::join(values, ", ")));
  }
  return fmt::format("({}) VALUES {}", fmt::join(columns, ", "), fmt::join(rows, ", "));
}

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::Insert& statement,
                                         const Origin& origin) {
  return one(std::make_unique<InsertRows>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation insert_rows", problems);
  const std::string table = fields.required_text("table");
  fields.required_node("rows");
  const std::string values = values_of(fields);
  fields.finish();
  if (values.empty()) return {};
  const auto parsed = parse_as<sql::Insert>(fmt::format("INSERT INTO {} {}", table, values),
                                            parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::insert_rows
