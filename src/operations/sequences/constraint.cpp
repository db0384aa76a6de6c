#include "sequences/constraint.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"
#include "sequences/index_build.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::Relation;
using plan::LockClaim;
using plan::Step;
using plan::Touch;
using How = plan::Touch::How;

namespace {

std::vector<Touch> touches_of(const StagedConstraint& constraint, How how) {
  std::vector<Touch> touches{touch_relation(How::kNeeds, constraint.table.name)};
  for (const std::string& column : constraint.columns) {
    touches.push_back(touch_column(How::kNeeds, constraint.table.name, column));
  }
  touches.insert(touches.end(), constraint.needs.begin(), constraint.needs.end());
  touches.push_back(touch_constraint(how, constraint.table.name, constraint.name));
  return touches;
}

/// "c.a = p.x AND c.b = p.y"
std::string joined_on(const Reference& reference) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < reference.columns.size(); ++i) {
    pairs.push_back(fmt::format("referenced.{} = referencing.{}",
                                sql::quote_identifier(reference.referenced_columns[i]),
                                sql::quote_identifier(reference.columns[i])));
  }
  return fmt::format("{}", fmt::join(pairs, " AND "));
}

std::vector<std::string> referencing_columns(const Reference& reference) {
  std::vector<std::string> columns;
  for (const std::string& column : reference.columns) {
    columns.push_back("referencing." + sql::quote_identifier(column));
  }
  return columns;
}

}  // namespace

std::string add_constraint_sql(const catalog::QualifiedName& table, const std::string& name,
                               const std::string& definition) {
  return alter_table(table,
                     fmt::format("ADD CONSTRAINT {} {}", sql::quote_identifier(name), definition));
}

std::string drop_constraint_sql(const catalog::QualifiedName& table, const std::string& name) {
  return alter_table(table, "DROP CONSTRAINT " + sql::quote_identifier(name));
}

Step add_not_valid(const Maker& make, const StagedConstraint& constraint) {
  return make.transaction(constraint.phase, fmt::format("add {}, not valid", constraint.name),
                          {add_constraint_sql(constraint.table.name, constraint.name,
                                              constraint.definition + " NOT VALID")},
                          constraint.add_locks,
                          undo_exact({drop_constraint_sql(constraint.table.name, constraint.name)}),
                          touches_of(constraint, How::kCreates));
}

Step validate(const Maker& make, const StagedConstraint& constraint) {
  return make.scan(constraint.phase, fmt::format("validate {}", constraint.name),
                   {alter_table(constraint.table.name,
                                "VALIDATE CONSTRAINT " + sql::quote_identifier(constraint.name))},
                   constraint.validate_locks, undo_exact(), touches_of(constraint, How::kChanges));
}

Step add_plainly(const Maker& make, const StagedConstraint& constraint) {
  Step step = make.transaction(
      constraint.phase, fmt::format("add {}", constraint.name),
      {add_constraint_sql(constraint.table.name, constraint.name, constraint.definition)},
      constraint.add_locks,
      undo_exact({drop_constraint_sql(constraint.table.name, constraint.name)}),
      touches_of(constraint, How::kCreates));
  step.scan = true;
  return step;
}

Step check_satisfied(const Maker& make, core::Phase natural, const Relation& table,
                     const sql::Expr& expression, const std::string& constraint) {
  plan::CheckBody body;
  body.query = fmt::format("SELECT {} FROM {} WHERE ({}) IS FALSE LIMIT 5", row_label(table),
                           sql::quote(table.name), expression.text);
  body.failure = fmt::format("{} has rows that violate {}", shown(table.name), constraint);
  body.hint = fmt::format("Correct them first; the condition is {}.", expression.text);
  body.sqlstate = "23514";
  std::vector<Touch> touches{touch_relation(How::kNeeds, table.name)};
  for (const std::string& column : expression.columns) {
    touches.push_back(touch_column(How::kNeeds, table.name, column));
  }
  return make.check(natural, fmt::format("check that no row violates {}", constraint),
                    std::move(body), family(make.context.catalog, table, LockMode::kAccessShare),
                    std::move(touches));
}

Step check_no_orphans(const Maker& make, core::Phase natural, const Reference& reference) {
  const std::vector<std::string> columns = referencing_columns(reference);
  const std::string exists =
      fmt::format("EXISTS (SELECT FROM {} referenced WHERE {})",
                  sql::quote(reference.referenced.name), joined_on(reference));
  std::string orphan =
      fmt::format("{} IS NOT NULL AND NOT {}", fmt::join(columns, " IS NOT NULL AND "), exists);
  if (reference.match_full && columns.size() > 1) {
    orphan = fmt::format("({}) OR (num_nulls({}) BETWEEN 1 AND {})", orphan,
                         fmt::join(columns, ", "), columns.size() - 1);
  }
  plan::CheckBody body;
  body.query = fmt::format("SELECT ROW({})::text FROM {} referencing WHERE {} LIMIT 5",
                           fmt::join(columns, ", "), sql::quote(reference.table.name), orphan);
  body.failure = fmt::format("{} ({}) has values that {} ({}) has not", shown(reference.table.name),
                             quoted_list(reference.columns), shown(reference.referenced.name),
                             quoted_list(reference.referenced_columns));
  body.hint = "Delete or correct these rows first.";
  body.sqlstate = "23503";
  std::vector<Touch> touches;
  for (const std::string& column : reference.columns) {
    touches.push_back(touch_column(How::kNeeds, reference.table.name, column));
  }
  for (const std::string& column : reference.referenced_columns) {
    touches.push_back(touch_column(How::kNeeds, reference.referenced.name, column));
  }
  std::vector<LockClaim> locks =
      family(make.context.catalog, reference.referenced, LockMode::kAccessShare);
  append(locks, family(make.context.catalog, reference.table, LockMode::kAccessShare));
  return make.check(
      natural,
      fmt::format("check that every {} ({}) exists in {}", shown(reference.table.name),
                  quoted_list(reference.columns), shown(reference.referenced.name)),
      std::move(body), locks, std::move(touches));
}

}  // namespace lockstep::operations
