#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/sql/parse.h"
#include "support/judge.h"
#include "support/touches.h"

namespace lockstep::operations {

/// Refused, unless the author allows it: then it runs as one statement within max_hold.
void judge_not_batchable(Judge& judge, const std::string& table, const std::string& why,
                         const std::string& remedy);

/// Statement triggers fire once for each batch.
void judge_statement_triggers(Judge& judge, const catalog::Relation& table,
                              bool catalog::Trigger::*event);

/// A touch of each of the table's columns, and of each other relation, that the expression reads.
void append_reads(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                  const catalog::Relation& table, const sql::Expr& expression);

/// The rows of each of these relations, as something to read.
void append_rows_read(std::vector<plan::Touch>& touches, const catalog::Catalog& catalog,
                      const std::vector<catalog::QualifiedName>& reads);

/// The triggers that a change of the table's rows fires, and what they call.
void append_triggers(std::vector<plan::Touch>& touches, const catalog::Relation& table,
                     bool catalog::Trigger::*event);

/// A statement that YAML fields make up, sent as it reads here.
template <class Body>
struct Written {
  std::string text;
  Body body;
};

/// Parses one statement of that kind. A Problem at `where` for anything else.
std::optional<sql::Statement> parse_one(const std::string& text, const core::SourceLocation& where,
                                        core::Problems& problems);
template <class Body>
std::optional<Written<Body>> parse_as(const std::string& text, const core::SourceLocation& where,
                                      core::Problems& problems) {
  std::optional<sql::Statement> statement = parse_one(text, where, problems);
  if (!statement) return std::nullopt;
  if (Body* body = std::get_if<Body>(&statement->body)) {
    return Written<Body>{std::move(statement->text), std::move(*body)};
  }
  problems.push_back({where, "these parameters do not make up one statement: " + text, {}});
  return std::nullopt;
}

}  // namespace lockstep::operations
