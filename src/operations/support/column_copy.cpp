#include "support/column_copy.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "sequences/index_build.h"
#include "support/dml.h"

namespace lockstep::operations {

namespace {

void rename(std::vector<std::string>& columns, const std::string& from, const std::string& to) {
  std::replace(columns.begin(), columns.end(), from, to);
}

}  // namespace

std::optional<sql::CreateIndex> definition_of(const catalog::Index& index) {
  if (index.definition.empty()) return std::nullopt;
  core::Problems problems;
  auto parsed = parse_as<sql::CreateIndex>(index.definition, {}, problems);
  if (!parsed) return std::nullopt;
  return std::move(parsed->body);
}

std::optional<sql::ConstraintDef> definition_of(const catalog::Constraint& constraint) {
  std::string words = constraint.definition;
  if (words.empty() && constraint.check) words = fmt::format("CHECK ({})", constraint.check->text);
  if (words.empty()) return std::nullopt;
  core::Problems problems;
  auto parsed = parse_as<sql::AlterTable>("ALTER TABLE t ADD " + words, {}, problems);
  if (!parsed || parsed->body.actions.size() != 1) return std::nullopt;
  auto* added = std::get_if<sql::AddConstraint>(&parsed->body.actions.front());
  if (!added) return std::nullopt;
  return std::move(added->constraint);
}

std::string tail_with(const sql::CreateIndex& index, const std::string& from,
                      const std::string& to) {
  std::vector<std::string> elements;
  for (const sql::IndexElement& element : index.elements) {
    elements.push_back(sql::rename_in_index_element(element.text, from, to));
  }
  std::string tail = fmt::format("({})", fmt::join(elements, ", "));
  if (!index.include.empty()) {
    std::vector<std::string> include = index.include;
    rename(include, from, to);
    tail += fmt::format(" INCLUDE ({})", quoted_list(include));
  }
  if (index.nulls_not_distinct) tail += " NULLS NOT DISTINCT";
  if (!index.with.empty()) tail += fmt::format(" WITH ({})", index.with);
  if (index.tablespace) tail += " TABLESPACE " + sql::quote_identifier(*index.tablespace);
  if (index.predicate) {
    tail += " WHERE " + sql::rename_in_expression(index.predicate->text, from, to);
  }
  return tail;
}

std::string check_with(const sql::ConstraintDef& check, const std::string& from,
                       const std::string& to) {
  return fmt::format("CHECK ({}){}", sql::rename_in_expression(check.check->text, from, to),
                     check.no_inherit ? " NO INHERIT" : "");
}

sql::ConstraintDef foreign_key_with(sql::ConstraintDef key, const std::string& from,
                                    const std::string& to) {
  rename(key.columns, from, to);
  rename(key.on_delete_columns, from, to);
  return key;
}

}  // namespace lockstep::operations
