#include "support/unique_constraints.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/not_null.h"
#include "sequences/partitioned_build.h"
#include "support/constraints.h"
#include "support/partitioned_index.h"
#include "support/partitions.h"
#include "support/versions.h"
#include "support/yaml.h"

namespace lockstep::operations {

using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using plan::Step;
using sql::ConstraintDef;
using How = plan::Touch::How;

namespace {

bool same_word(std::string_view text, std::size_t at, std::string_view word) {
  return text.size() >= at + word.size() &&
         std::equal(
             word.begin(), word.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
             [](char a, char b) { return a == std::toupper(static_cast<unsigned char>(b)); });
}

/// "WITH (...) USING INDEX TABLESPACE t" as CREATE INDEX says it: without USING INDEX.
std::string index_options(const std::string& parameters) {
  std::string result = parameters;
  for (std::size_t at = 0; at < result.size(); ++at) {
    if (!same_word(result, at, "USING")) continue;
    std::size_t next = at + 5;
    while (next < result.size() && std::isspace(static_cast<unsigned char>(result[next]))) ++next;
    if (!same_word(result, next, "INDEX")) continue;
    next += 5;
    while (next < result.size() && std::isspace(static_cast<unsigned char>(result[next]))) ++next;
    return result.erase(at, next - at);
  }
  return result;
}

std::string with_blank(const std::string& text) {
  return text.empty() ? text : " " + text;
}

bool judge_given_index(Judge& judge, const Relation& table, const ConstraintDef& wanted) {
  const auto unusable = [&](const std::string& why) {
    judge.refuse("index-cannot-be-constraint",
                 fmt::format("{} cannot become the constraint: {}.", *wanted.using_index, why),
                 "Leave USING INDEX out, and Lockstep builds the index concurrently.");
    return false;
  };
  const Index* index = table.index(*wanted.using_index);
  if (!index) {
    if (table.assumed) return true;
    judge.problem(fmt::format("table {} has no index {}", shown(table.name), *wanted.using_index));
    return false;
  }
  if (!index->unique) return unusable("it is not unique");
  if (!index->valid) return unusable("it is invalid, left from a build that failed");
  if (index->predicate) return unusable("it is partial");
  if (index->has_expressions) return unusable("it has expressions");
  if (!index->constraint.empty())
    return unusable("it is the index of constraint " + index->constraint);
  return true;
}

/// PostgreSQL looks for duplicates within each partition alone, by an index of each.
bool judge_partitioned(Judge& judge, const Context& context, const Relation& table,
                       const ConstraintDef& wanted, bool fresh) {
  if (wanted.using_index) {
    judge.problem(
        fmt::format("{} is partitioned, and PostgreSQL makes no constraint of its index {}",
                    shown(table.name), *wanted.using_index),
        "Leave USING INDEX out, and Lockstep builds the indexes concurrently.");
    return false;
  }
  const PartitionTree tree = partition_tree(context.catalog, table);
  const std::string what = fmt::format("the {} constraint", unique_words(wanted));
  if (!judge_partition_key(judge, tree, wanted.columns, what)) return false;
  const IndexShape shape = shape_of(wanted);
  for (const Relation* leaf : tree.leaves) {
    const catalog::Constraint* own = leaf->primary_key();
    const Index* index = own ? leaf->index(own->index) : nullptr;
    if (wanted.kind != ConstraintDef::Kind::kPrimaryKey || !own) continue;
    if (index && likeness(*index, shape) != Likeness::kDifferent) continue;
    judge.problem(fmt::format("partition {} has a primary key of its own, {} ({})",
                              shown(leaf->name), own->name, fmt::join(own->columns, ", ")),
                  "Drop it first: a table has one primary key.");
    return false;
  }
  return fresh || judge_partitions(judge, context, table, shape, what);
}

/// `make` tells whether the columns were left as they are until this step: on a new table, or
/// because a CHECK proves them. Elsewhere a step before has made them NOT NULL.
plan::Undo undo_of(const Maker& make, const Relation& table, const std::string& name,
                   const ConstraintDef& wanted) {
  const bool fresh = is_new(table, make.operation, make.context);
  std::vector<std::string> sql{drop_constraint_sql(table.name, name)};
  const Index* given = wanted.using_index ? table.index(*wanted.using_index) : nullptr;
  for (const std::string& key : given ? given->columns : wanted.columns) {
    const catalog::Column* column = table.column(key);
    if (wanted.kind != ConstraintDef::Kind::kPrimaryKey || !column || column->not_null) continue;
    if (!fresh && !proven_not_null(table, key)) continue;
    sql.push_back(alter_table(
        table.name, fmt::format("ALTER COLUMN {} DROP NOT NULL", sql::quote_identifier(key))));
  }
  if (!wanted.using_index) return undo_exact(std::move(sql));
  // The index goes with the constraint.
  if (!given || given->definition.empty())
    return undo_none(fmt::format("index {}", *wanted.using_index));
  sql.push_back(given->definition);
  return undo_exact(std::move(sql));
}

}  // namespace

std::string_view unique_words(const ConstraintDef& wanted) {
  return wanted.kind == ConstraintDef::Kind::kPrimaryKey ? "PRIMARY KEY" : "UNIQUE";
}

std::string unique_definition(const ConstraintDef& wanted) {
  return fmt::format(
      "{}{} ({}){}{}{}", unique_words(wanted),
      wanted.nulls_not_distinct ? " NULLS NOT DISTINCT" : "", quoted_list(wanted.columns),
      wanted.include.empty() ? "" : fmt::format(" INCLUDE ({})", quoted_list(wanted.include)),
      with_blank(wanted.index_parameters), deferral(wanted));
}

IndexBuild index_of(const Relation& table, const std::string& name, const ConstraintDef& wanted) {
  IndexBuild build{table, name};
  build.unique = true;
  build.uses = wanted.columns;
  build.uses.insert(build.uses.end(), wanted.include.begin(), wanted.include.end());
  build.tail = fmt::format(
      "({}){}{}{}", quoted_list(wanted.columns),
      wanted.include.empty() ? "" : fmt::format(" INCLUDE ({})", quoted_list(wanted.include)),
      wanted.nulls_not_distinct ? " NULLS NOT DISTINCT" : "",
      with_blank(index_options(wanted.index_parameters)));
  return build;
}

bool judge_unique(Judge& judge, const Context& context, const Operation& operation,
                  const Relation& table, const ConstraintDef& wanted) {
  judge_name(judge, context.catalog, table, wanted);
  for (const std::string& column : wanted.columns) judge.column(table, column);
  for (const std::string& column : wanted.include) judge.column(table, column);
  if (wanted.nulls_not_distinct) needs_version(judge, context, 15, "UNIQUE NULLS NOT DISTINCT");
  if (wanted.using_index && !judge_given_index(judge, table, wanted)) return false;
  const bool fresh = is_new(table, operation, context);
  if (is_partitioned(table) && !judge_partitioned(judge, context, table, wanted, fresh))
    return false;
  return !fresh;
}

std::vector<Step> unique_steps(const Maker& make, core::Phase natural, const Relation& table,
                               const std::string& name, const ConstraintDef& wanted) {
  UniqueKey key{table, {}, wanted.columns, {}, !wanted.nulls_not_distinct};
  for (const std::string& column : wanted.columns) key.expressions.push_back(quoted_list({column}));
  std::vector<Step> steps{check_no_duplicates(make, natural, key)};
  const IndexBuild index = index_of(table, name, wanted);
  if (is_partitioned(table)) {
    for (Step& step : build_on_partitions(make, natural,
                                          {index, shape_of(wanted), unique_definition(wanted),
                                           std::string(unique_words(wanted)), deferral(wanted)})) {
      steps.push_back(std::move(step));
    }
    return steps;
  }
  steps.push_back(build_concurrently(make, natural, index));
  steps.push_back(adopt_index(make, natural, table, name, name, wanted));
  return steps;
}

Step adopt_index(const Maker& make, core::Phase natural, const Relation& table,
                 const std::string& name, const std::string& index, const ConstraintDef& wanted) {
  std::vector<plan::Touch> touches{
      touch_relation(How::kNeeds, table.name),
      touch_index(name == index ? How::kNeeds : How::kRenames, {table.name.schema, index}),
      touch_constraint(How::kCreates, table.name, name)};
  for (const std::string& column : wanted.columns) {
    touches.push_back(touch_column(How::kNeeds, table.name, column));
  }
  const std::string definition = fmt::format("{} USING INDEX {}{}", unique_words(wanted),
                                             sql::quote_identifier(index), deferral(wanted));
  return make.transaction(natural, fmt::format("add {} with index {}", name, index),
                          {add_constraint_sql(table.name, name, definition)},
                          family(make.context.catalog, table, LockMode::kAccessExclusive),
                          undo_of(make, table, name, wanted), std::move(touches));
}

Step add_unique_plainly(const Maker& make, const Relation& table, const std::string& name,
                        const ConstraintDef& wanted) {
  Step step = add_plainly(make, {table,
                                 name,
                                 unique_definition(wanted),
                                 wanted.columns,
                                 {},
                                 family(make.context.catalog, table, LockMode::kAccessExclusive),
                                 {},
                                 core::Phase::kExpand});
  step.undo = undo_of(make, table, name, wanted);
  return step;
}

ConstraintDef yaml_unique(text::Fields& fields, ConstraintDef::Kind kind,
                          core::Problems& problems) {
  ConstraintDef wanted;
  wanted.kind = kind;
  if (fields.node("name") != nullptr) wanted.name = yaml_identifier(fields, "name", problems);
  if (fields.node("using_index") != nullptr)
    wanted.using_index = yaml_identifier(fields, "using_index", problems);
  if (!wanted.using_index) fields.required_node("columns");
  for (const std::string& column : fields.texts("columns")) {
    wanted.columns.push_back(parse_identifier(column, fields.where("columns"), problems));
  }
  for (const std::string& column : fields.texts("include")) {
    wanted.include.push_back(parse_identifier(column, fields.where("include"), problems));
  }
  wanted.initially_deferred = fields.boolean("initially_deferred").value_or(false);
  wanted.deferrable = fields.boolean("deferrable").value_or(wanted.initially_deferred);
  wanted.text = unique_definition(wanted);
  return wanted;
}

std::string describe_unique(const TableTarget& table, const ConstraintDef& wanted) {
  std::string text = fmt::format("table={} {}", shown(table.name), described_name(wanted));
  text += wanted.using_index ? "using_index=" + *wanted.using_index
                             : fmt::format("columns=({})", fmt::join(wanted.columns, ", "));
  if (!wanted.include.empty())
    text += fmt::format(" include=({})", fmt::join(wanted.include, ", "));
  if (wanted.nulls_not_distinct) text += " nulls_not_distinct";
  if (!wanted.index_parameters.empty()) text += " parameters=" + wanted.index_parameters;
  return text + deferral(wanted);
}

}  // namespace lockstep::operations
