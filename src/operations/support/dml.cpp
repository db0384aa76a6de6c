#include "support/dml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep::operations {

void judge_not_batchable(Judge& judge, const std::string& table, const std::string& why,
                         const std::string& remedy) {
  judge.refuse(
      "non-batchable-dml",
      fmt::format("It cannot run in batches: {}. As one statement it locks the rows of {} that it "
                  "changes until all are changed.",
                  why, table),
      fmt::format(
          "{} If the rows are few in every tenant, allow it with a reason: it then runs as one "
          "statement, within max_hold.",
          remedy));
}

void judge_statement_triggers(Judge& judge, const catalog::Relation& table,
                              bool catalog::Trigger::*event) {
  std::vector<std::string> names;
  for (const catalog::Trigger& trigger : table.triggers) {
    if (!trigger.row_level && trigger.*event && trigger.enabled != 'D')
      names.push_back(trigger.name);
  }
  if (names.empty()) return;
  judge.report(
      {.id = "statement-trigger-per-batch",
       .verdict = plan::Verdict::kInstant,
       .effect =
           fmt::format("Statement triggers fire once for each batch: {}.", fmt::join(names, ", ")),
       .remedy = "Make sure that they do the right thing when they see a part of the rows."});
}

void append_reads(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                  const catalog::Relation& table, const sql::Expr& expression) {
  for (const std::string& column : expression.columns) {
    if (table.column(column)) {
      touches.push_back(touch_column(plan::Touch::How::kNeeds, table.name, column));
    }
  }
  for (const catalog::QualifiedName& relation : expression.relations) {
    touches.push_back(touch_relation(plan::Touch::How::kNeeds, catalog.qualify(relation)));
  }
}

void append_rows_read(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                      const std::vector<catalog::QualifiedName>& reads) {
  for (const catalog::QualifiedName& read : reads) {
    touches.push_back(touch_rows(catalog.qualify(read), plan::Touch::How::kNeeds));
  }
}

void append_triggers(std::vector<plan::Touch>& touches, const catalog::Relation& table,
                     bool catalog::Trigger::*event) {
  touches.push_back(touch_triggers(plan::Touch::How::kNeeds, table.name));
  for (const catalog::Trigger& trigger : table.triggers) {
    if (trigger.*event && trigger.enabled != 'D')
      touches.push_back(touch_function(plan::Touch::How::kNeeds, trigger.function));
  }
}

std::optional<sql::Statement> parse_one(const std::string& text, const core::SourceLocation& where,
                                        core::Problems& problems) {
  sql::ParsedFile parsed = sql::parse(text, {where.file, true});
  for (core::Problem& problem : parsed.problems) {
    problem.where = where;
    problems.push_back(std::move(problem));
  }
  if (!parsed.problems.empty()) return std::nullopt;
  if (parsed.statements.size() != 1) {
    problems.push_back({where, "these parameters do not make up one statement: " + text, {}});
    return std::nullopt;
  }
  return std::move(parsed.statements.front());
}

}  // namespace lockstep::operations
