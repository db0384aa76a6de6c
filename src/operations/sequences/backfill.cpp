#include "sequences/backfill.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations {

using catalog::Column;
using catalog::Index;
using catalog::Relation;

namespace {

bool identifies_rows(const Relation& table, const Index& index) {
  if (!index.unique || !index.valid || !index.ready || index.has_expressions || index.predicate) {
    return false;
  }
  return std::all_of(index.columns.begin(), index.columns.end(), [&](const std::string& name) {
    const Column* column = table.column(name);
    return column && column->not_null;
  });
}

std::vector<std::string> key_columns(const Relation& table) {
  if (const catalog::Constraint* primary = table.primary_key()) return primary->columns;
  for (const Index& index : table.indexes) {
    if (identifies_rows(table, index)) return index.columns;
  }
  return {};
}

bool grows_with_insertion(const Column& column) {
  if (column.identity != catalog::Identity::kNone) return true;
  if (!column.default_value) return false;
  const auto& functions = column.default_value->functions;
  return std::any_of(functions.begin(), functions.end(),
                     [](const auto& function) { return function.name == "nextval"; });
}

}  // namespace

void choose_key(plan::BackfillBody& body, const Relation& table) {
  body.key = key_columns(table);
  body.key_types.clear();
  for (const std::string& name : body.key) {
    const Column* column = table.column(name);
    body.key_types.push_back(column ? column->type : std::string{});
  }
  const Column* only = body.key.size() == 1 ? table.column(body.key.front()) : nullptr;
  body.key_grows = only && grows_with_insertion(*only);
}

plan::BackfillBody backfill_rows(const Relation& table,
                                 std::vector<plan::BackfillBody::Assignment> assignments,
                                 std::string remaining) {
  plan::BackfillBody body;
  body.table = table.name;
  body.assignments = std::move(assignments);
  body.remaining = std::move(remaining);
  choose_key(body, table);
  return body;
}

std::string row_label(const Relation& table) {
  const std::vector<std::string> key = key_columns(table);
  if (key.empty()) return "ctid::text";
  if (key.size() == 1) return sql::quote_identifier(key.front()) + "::text";
  std::string parts;
  for (const std::string& column : key) {
    parts += (parts.empty() ? "" : ", ") + sql::quote_identifier(column);
  }
  return fmt::format("ROW({})::text", parts);
}

}  // namespace lockstep::operations
