#include "add_column.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "add_constraint.h"
#include "lockstep/catalog/builtins.h"
#include "lockstep/catalog/naming.h"
#include "sequences/new_column.h"
#include "sequences/not_null.h"
#include "support/column_definition.h"
#include "support/default_literal.h"
#include "support/fold.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/requests.h"
#include "support/types.h"
#include "support/versions.h"
#include "support/yaml.h"

namespace lockstep::operations::add_column {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

struct Parameters {
  TableTarget table;
  sql::ColumnDef column;  ///< its constraints are operations of their own
  bool if_not_exists = false;
  std::optional<sql::Expr> backfill;  ///< for the rows that are there; YAML only
};

/// How the column comes to be.
enum class Way {
  kPlain,     ///< the statement as it is: instant
  kNullable,  ///< NOT NULL without a default: NOT NULL in contract
  kFilled,    ///< nullable, default, backfill
  kNumbered,  ///< serial or identity
  kRewrite,   ///< refused, or allowed by the author: the statement as it is, rewriting the table
};

class AddColumn final : public Operation {
 public:
  AddColumn(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return "add_column"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(parameters_.table.name);
    request_type(request, wanted().type);
    for (const auto* expression :
         {&wanted().default_value, &wanted().generated, &parameters_.backfill}) {
      request_expression(request, *expression);
    }
    if (wanted().identity || wanted().type.is_serial()) {
      const catalog::QualifiedName& table = parameters_.table.name;
      request_names(request, table, catalog::sequence_name_choices(table.name, wanted().name));
    }
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(parameters_.table);
    if (!table) return judge.take();
    if (const Column* there = table->column(wanted().name)) {
      judge_existing(judge, context, *table, *there);
      return judge.take();
    }
    if (is_partition(context.catalog, *table)) {
      judge.problem(
          fmt::format("{} is a partition of {}", shown(table->name), shown(*table->parent)),
          fmt::format("Add the column to {}.", shown(*table->parent)));
      return judge.take();
    }
    judge_type(judge, context.catalog, wanted().type);
    for (const auto* expression :
         {&wanted().default_value, &wanted().generated, &parameters_.backfill}) {
      judge_expression(judge, context.catalog, *expression);
    }
    judge_default(judge, context);
    judge_backfill(judge, *table);
    if (is_new(*table, *this, context)) return judge.take();
    judge_way(judge, context, *table);
    judge_publications(judge, *table);
    judge.report(
        {.id = "cached-plan",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("A prepared SELECT * FROM {} fails once with \"cached plan must not "
                               "change result type\".",
                               shown(table->name)),
         .remedy =
             "Clients that list their columns do not notice; others prepare again on 0A000."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(parameters_.table.name);
    if (!table || table->column(wanted().name)) return {};
    const Maker make{*this, context};
    NewColumn column{*table, wanted(), std::nullopt, {}};
    if (parameters_.backfill) {
      column.backfill = parameters_.backfill->text;
      column.reads = parameters_.backfill->columns;
    }
    std::vector<Step> steps;
    switch (way(*table, context)) {
      case Way::kPlain:
        steps.push_back(add_column_step(make, column, true, true));
        return steps;
      case Way::kRewrite:
        steps.push_back(add_column_step(make, column, true, true));
        steps.front().rewrite = true;
        return steps;
      case Way::kNumbered:
        steps = numbered_column_steps(make, column);
        break;
      case Way::kNullable:
      case Way::kFilled:
        steps = filled_column_steps(make, column);
        break;
    }
    attach_directs(steps, column, context);
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(parameters_.table.name);
    if (!table) return;
    const Context context{catalog};
    const bool late = !is_new(*table, *this, context) && wanted().not_null && !has_default() &&
                      !wanted().identity && !wanted().generated && !wanted().type.is_serial();
    if (phase == phase_of(*this, context, Phase::kExpand) && !table->column(wanted().name)) {
      Column column = column_of(wanted(), catalog, *table);
      column.added_by_plan = true;
      column.not_null = column.not_null && !late;
      fold_add_column(catalog, *table, column);
    }
    if (late && phase == phase_of(*this, context, Phase::kContract) &&
        table->column(wanted().name)) {
      fold_not_null(catalog, *table, wanted().name);
    }
  }

  std::string describe() const override {
    return fmt::format("add_column table={}{} column={}{}", shown(parameters_.table.name),
                       parameters_.if_not_exists ? " if_not_exists" : "", describe_column(wanted()),
                       parameters_.backfill ? " backfill=" + parameters_.backfill->text : "");
  }

 private:
  const sql::ColumnDef& wanted() const { return parameters_.column; }

  bool has_default() const { return wanted().default_value && !wanted().default_value->is_null; }

  Way way(const Relation& table, const Context& context) const {
    const bool fresh = is_new(table, *this, context);
    if (parameters_.backfill) return Way::kFilled;
    if (fresh) return Way::kPlain;
    if (rewrites_regardless(context)) return Way::kRewrite;
    if (wanted().generated) return Way::kPlain;
    if (wanted().identity || wanted().type.is_serial()) return Way::kNumbered;
    if (has_default()) {
      return catalog::volatility(*wanted().default_value, context.catalog) ==
                     catalog::Volatility::kVolatile
                 ? Way::kFilled
                 : Way::kPlain;
    }
    return wanted().not_null ? Way::kNullable : Way::kPlain;
  }

  /// For the whole where it lies in one phase, else for what is left to contract.
  void attach_directs(std::vector<Step>& steps, const NewColumn& column,
                      const Context& context) const {
    const auto locks = family(context.catalog, column.table, LockMode::kAccessExclusive);
    const std::size_t last = steps.size() - 1;
    attach_direct(steps, 0, last, filled_column_plainly(column), locks, column.table.name, context);
    if (steps.front().direct || !wanted().not_null) return;
    std::size_t first = 0;
    while (first < last && steps[first].phase == Phase::kExpand) ++first;
    attach_direct(
        steps, first, last,
        not_null_plainly({column.table, wanted().name, Phase::kContract, column.backfill, {}}),
        locks, column.table.name, context);
  }

  /// What no sequence of ours spares the table.
  bool rewrites_regardless(const Context& context) const {
    return (wanted().generated && !wanted().generated_virtual) ||
           constrained_domain(wanted().type, context.catalog);
  }

  void judge_existing(Judge& judge, const Context& context, const Relation& table,
                      const Column& there) const {
    const std::string name = shown(table.name) + "." + there.name;
    if (!parameters_.if_not_exists) {
      judge.problem(fmt::format("column {} exists already", name),
                    "Choose another name, or drop it in an earlier migration.");
      return;
    }
    const Column column = column_of(wanted(), context.catalog, table);
    std::string drift;
    if (there.type != column.type)
      drift = fmt::format("its type is {}, not {}", there.type, column.type);
    if (there.not_null != column.not_null)
      drift = there.not_null ? "it is NOT NULL" : "it is nullable";
    if (there.default_value.has_value() != column.default_value.has_value()) {
      drift = there.default_value ? "it has a default" : "it has no default";
    }
    if (there.identity != column.identity || there.generated != column.generated) {
      drift = "it is generated differently";
    }
    if (drift.empty()) return;
    judge.refuse(
        "add-column-drift",
        fmt::format("Column {} exists in another shape, and IF NOT EXISTS would hide that: {}.",
                    name, drift),
        "Write migrations that bring it into the shape you need.");
  }

  void judge_default(Judge& judge, const Context& context) const {
    judge_default_literal(
        judge, context.catalog, wanted().name,
        {wanted().type.name, wanted().type.array_dimensions > 0, wanted().type.text},
        wanted().default_value);
  }

  void judge_backfill(Judge& judge, const Relation& table) const {
    if (!parameters_.backfill) return;
    for (const std::string& column : parameters_.backfill->columns) {
      if (column != wanted().name) judge.column(table, column);
    }
    if (wanted().generated || wanted().identity || wanted().type.is_serial()) {
      judge.problem(
          fmt::format("column {} gets its values by itself and takes no backfill", wanted().name));
    }
  }

  void judge_way(Judge& judge, const Context& context, const Relation& table) const {
    const plan::LockClaim lock{table.name, LockMode::kAccessExclusive};
    const std::string rewrite = fmt::format(
        "As written it rewrites {} and its indexes ({}) while nobody can read or write it.",
        shown(table.name), table.indexes.size());
    switch (way(table, context)) {
      case Way::kPlain:
        judge_plain(judge, context, table);
        break;
      case Way::kRewrite:
        judge_rewrite(judge, context, table, rewrite);
        break;
      case Way::kNullable:
        judge.report(
            {.id = "add-column-not-null",
             .effect = fmt::format("Fails as soon as {} has a row, and so does each INSERT of the "
                                   "deployed application, which doesn't know the column.",
                                   shown(table.name)),
             .remedy =
                 "Staged: nullable in expand; in contract, once no row has a NULL, NOT NULL by "
                 "a validated CHECK. With a `backfill` (YAML) or a DEFAULT the rows are filled.",
             .lock = lock,
             .scan = true});
        break;
      case Way::kNumbered:
        judge.report(
            {.id = "add-column-identity",
             .effect = rewrite,
             .remedy =
                 "Staged: a sequence as the default, the rows numbered in batches, NOT NULL by "
                 "a validated CHECK.",
             .lock = lock,
             .rewrite = true});
        break;
      case Way::kFilled:
        if (parameters_.backfill) {
          judge.brief_lock(table, LockMode::kAccessExclusive, "The backfill runs in batches.");
        } else {
          judge.report(
              {.id = "add-column-volatile-default",
               .effect = rewrite,
               .remedy = "Staged: a nullable column, then its default, then the rows in batches.",
               .lock = lock,
               .rewrite = true});
        }
        break;
    }
  }

  void judge_plain(Judge& judge, const Context& context, const Relation& table) const {
    judge.brief_lock(
        table, LockMode::kAccessExclusive,
        "Only the catalog changes: rows that are there get the default without being written.");
    if (wanted().generated_virtual) {
      needs_version(judge, context, 18, "A virtual generated column");
    }
    const bool frozen =
        has_default() && catalog::volatility(*wanted().default_value, context.catalog) ==
                             catalog::Volatility::kStable;
    if (!frozen) return;
    judge.report(
        {.id = "add-column-frozen-default",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("All rows that are there get one and the same {}: its value at the "
                               "moment of the change.",
                               wanted().default_value->text),
         .remedy = "If that is not meant, add the column without a default and fill it."});
  }

  void judge_rewrite(Judge& judge, const Context& context, const Relation& table,
                     const std::string& rewrite) const {
    const bool domain = constrained_domain(wanted().type, context.catalog);
    judge.report(
        {.id = domain ? "add-column-constrained-domain" : "add-column-generated",
         .verdict = plan::Verdict::kRefused,
         .effect = rewrite,
         .remedy =
             domain ? "Use the domain's base type and add its condition as a CHECK."
                    : "Write a plain column, a BEFORE INSERT OR UPDATE trigger that keeps it, and "
                      "an UPDATE that fills it; on PostgreSQL 18 and later, VIRTUAL.",
         .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive},
         .rewrite = true});
  }

  void judge_publications(Judge& judge, const Relation& table) const {
    if (table.publications.empty()) return;
    judge.refuse(
        "published-table",
        fmt::format("{} is published ({}): a subscriber without the column stops replicating.",
                    shown(table.name), fmt::join(table.publications, ", ")),
        "Add the column on all subscribers first, then write: -- lockstep: allow = "
        "published-table, "
        "reason = \"subscribers have the column\"");
  }

  Parameters parameters_;
};

std::vector<OperationPtr> split(Parameters parameters, const Origin& origin,
                                core::Problems& problems) {
  const std::vector<sql::ConstraintDef> constraints =
      std::exchange(parameters.column.constraints, {});
  const TableTarget table = parameters.table;
  const sql::ColumnDef& column = parameters.column;
  const bool empty = !column.default_value && !column.generated && !column.identity &&
                     !column.type.is_serial() && !parameters.backfill;
  if (parameters.if_not_exists && !constraints.empty()) {
    problems.push_back(
        {origin.where,
         "IF NOT EXISTS on a column with a constraint of its own: where the column exists, "
         "nothing would say whether the constraint does",
         "Write the constraint as a statement of its own."});
    return {};
  }
  std::vector<OperationPtr> operations =
      one(std::make_unique<AddColumn>(std::move(parameters), origin));
  for (sql::ConstraintDef constraint : constraints) {
    constraint.on_empty_column = empty;
    append(operations, add_constraint(table, constraint, origin));
  }
  return operations;
}

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::AddColumn& action,
                                         const Origin& origin, core::Problems& problems) {
  return split({table, action.column, action.if_not_exists, std::nullopt}, origin, problems);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_column", problems);
  Parameters read;
  read.table = yaml_table(fields, problems);
  read.column = yaml_column(fields, "column", problems);
  read.if_not_exists = fields.boolean("if_not_exists").value_or(false);
  read.backfill = yaml_expression(fields, "backfill", problems);
  fields.finish();
  return split(std::move(read), origin, problems);
}

}  // namespace lockstep::operations::add_column
