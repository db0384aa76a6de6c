#include "sequences/kept_parts.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/index_build.h"
#include "support/foreign_keys.h"

namespace lockstep::operations {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

constexpr std::string_view kNotValid = " NOT VALID";

/// As the server prints it, without NOT VALID.
std::string definition_of(const Constraint& constraint) {
  std::string text = constraint.kind == ConstraintKind::kForeignKey
                         ? with_referenced_schema(constraint)
                         : constraint.definition;
  if (text.ends_with(kNotValid)) text.erase(text.size() - kNotValid.size());
  return text;
}

std::optional<std::string> comment_on_constraint(const Relation& table,
                                                 const Constraint& constraint) {
  if (!constraint.comment) return std::nullopt;
  return fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", sql::quote_identifier(constraint.name),
                     sql::quote(table.name), sql::quote_literal(*constraint.comment));
}

plan::LockClaim on(const Relation& table, LockMode mode) {
  return {table.name, mode};
}

/// "CREATE INDEX CONCURRENTLY ...", of what the server has printed.
std::string concurrently(const std::string& definition) {
  constexpr std::string_view kWord = " INDEX ";
  std::string statement = definition;
  const std::size_t word = statement.find(kWord);
  if (word != std::string::npos) statement.insert(word + kWord.size(), "CONCURRENTLY ");
  return statement;
}

/// "UNIQUE USING INDEX users_email_key DEFERRABLE"
std::string using_index(const Constraint& constraint) {
  const std::size_t deferrable = constraint.definition.find(" DEFERRABLE");
  return fmt::format(
      "{} USING INDEX {}{}",
      constraint.kind == ConstraintKind::kPrimaryKey ? "PRIMARY KEY" : "UNIQUE",
      sql::quote_identifier(constraint.index),
      deferrable == std::string::npos ? "" : constraint.definition.substr(deferrable));
}

/// What else is said of an index, once it is there.
void add_properties(const Relation& table, const Index& index, std::vector<std::string>& sql) {
  const std::string name = sql::quote_identifier(index.name);
  if (index.comment) {
    sql.push_back(fmt::format("COMMENT ON INDEX {} IS {}",
                              sql::quote({table.name.schema, index.name}),
                              sql::quote_literal(*index.comment)));
  }
  if (index.clustered) sql.push_back(alter_table(table.name, "CLUSTER ON " + name));
  if (index.replica_identity) {
    sql.push_back(alter_table(table.name, "REPLICA IDENTITY USING INDEX " + name));
  }
}

std::vector<std::string> constraint_again(const Relation& table, const Constraint& constraint,
                                          const std::string& definition) {
  std::vector<std::string> sql{add_constraint_sql(table.name, constraint.name, definition)};
  if (auto comment = comment_on_constraint(table, constraint)) sql.push_back(std::move(*comment));
  return sql;
}

Step build(const Maker& make, const Relation& table, const Index& index) {
  const core::QualifiedName name{table.name.schema, index.name};
  plan::ConcurrentBody body;
  body.sql = concurrently(index.definition);
  body.kind = plan::ConcurrentBody::Kind::kCreateIndex;
  body.index = name;
  body.table = table.name;
  body.unique = index.unique;
  Step step = make.concurrent(
      Phase::kContract,
      fmt::format("build {}index {}, concurrently", index.unique ? "unique " : "", index.name),
      std::move(body), {on(table, LockMode::kShareUpdateExclusive)}, undo_exact(),
      {touch_relation(How::kNeeds, table.name), touch_index(How::kCreates, name)});
  step.done_when = index_is_ready(name);
  step.cleanup = {"DROP INDEX CONCURRENTLY IF EXISTS " + sql::quote(name)};
  return step;
}

Step brief(const Maker& make, const Relation& table, std::string title,
           std::vector<std::string> sql) {
  return make.transaction(Phase::kContract, std::move(title), std::move(sql),
                          {on(table, LockMode::kAccessExclusive)}, undo_exact(),
                          {touch_relation(How::kChanges, table.name)});
}

}  // namespace

void restore_staged(const Maker& make, const Relation& table, const Constraint& constraint,
                    std::vector<Step>& steps) {
  StagedConstraint staged{table, constraint.name, definition_of(constraint)};
  staged.columns = constraint.columns;
  staged.add_locks = {on(table, LockMode::kAccessExclusive)};
  staged.validate_locks = {on(table, LockMode::kShareUpdateExclusive)};
  if (constraint.kind == ConstraintKind::kForeignKey) {
    const catalog::Catalog& catalog = make.context.catalog;
    staged.add_locks = family(catalog, constraint.referenced, LockMode::kShareRowExclusive);
    append(staged.add_locks, {on(table, LockMode::kShareRowExclusive)});
    append(staged.validate_locks, family(catalog, constraint.referenced, LockMode::kRowShare));
  }
  steps.push_back(add_not_valid(make, staged));
  if (auto comment = comment_on_constraint(table, constraint)) {
    std::get<plan::TransactionBody>(steps.back().body).sql.push_back(std::move(*comment));
  }
  if (constraint.validated) steps.push_back(validate(make, staged));
}

void restore_index(const Maker& make, const Relation& table, const Index& index,
                   std::vector<Step>& steps) {
  if (!index.valid) return;
  const Constraint* constraint =
      index.constraint.empty() ? nullptr : table.constraint(index.constraint);
  if (constraint && constraint->kind == ConstraintKind::kExclusion) {
    std::vector<std::string> sql = constraint_again(table, *constraint, constraint->definition);
    add_properties(table, index, sql);
    Step step = brief(make, table, fmt::format("add {}", constraint->name), std::move(sql));
    step.scan = true;
    steps.push_back(std::move(step));
    return;
  }
  steps.push_back(build(make, table, index));
  std::vector<std::string> sql;
  if (constraint) sql = constraint_again(table, *constraint, using_index(*constraint));
  add_properties(table, index, sql);
  if (sql.empty()) return;
  steps.push_back(brief(make, table,
                        constraint ? fmt::format("add {}, by its index", constraint->name)
                                   : fmt::format("what is said of index {}", index.name),
                        std::move(sql)));
}

std::vector<std::string> add_again(const Relation& table, const Constraint& constraint) {
  return constraint_again(
      table, constraint,
      definition_of(constraint) + std::string(constraint.validated ? "" : kNotValid));
}

std::vector<std::string> add_again(const Relation& table, const Index& index) {
  std::vector<std::string> sql;
  if (!index.valid) return sql;
  const Constraint* constraint =
      index.constraint.empty() ? nullptr : table.constraint(index.constraint);
  if (constraint) {
    sql = constraint_again(table, *constraint, constraint->definition);
  } else {
    sql.push_back(index.definition);
  }
  add_properties(table, index, sql);
  return sql;
}

}  // namespace lockstep::operations
