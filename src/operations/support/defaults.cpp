#include "support/defaults.h"

#include <fmt/format.h>

#include "support/column_definition.h"

namespace lockstep::operations {

using catalog::Column;
using catalog::Relation;

const Relation* judge_default(Judge& judge, const TableTarget& target, std::string_view column) {
  const Relation* table = judge.table(target);
  if (!table) return nullptr;
  const std::optional<Column> found = judge.column(*table, column);
  if (!found) return nullptr;
  if (found->identity != catalog::Identity::kNone ||
      found->generated != catalog::Generated::kNone) {
    judge.problem(fmt::format(
        "column {}.{} is {} and has no default of its own", shown(table->name), column,
        found->identity != catalog::Identity::kNone ? "an identity column" : "generated"));
    return nullptr;
  }
  return table;
}

std::string default_clause(const Relation& table, std::string_view column) {
  const Column* found = table.column(column);
  if (!found || !found->default_value) return "DROP DEFAULT";
  return "SET DEFAULT " + as_operand(found->default_value->text);
}

void fold_default(catalog::Catalog& catalog, Relation& table, std::string_view column,
                  const std::optional<sql::Expr>& value) {
  if (Column* found = table.column(column)) found->default_value = value;
  for (const auto& child : std::vector<catalog::QualifiedName>(table.partitions)) {
    if (Relation* below = catalog.find(child)) fold_default(catalog, *below, column, value);
  }
}

}  // namespace lockstep::operations
