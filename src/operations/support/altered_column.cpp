#include "support/altered_column.h"

#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations {

ColumnTarget yaml_column_target(text::Fields& fields, core::Problems& problems) {
  TableTarget table = yaml_table(fields, problems);
  return {std::move(table), yaml_identifier(fields, "column", problems)};
}

AlteredColumn::AlteredColumn(ColumnTarget target, Origin origin)
    : Operation(std::move(origin)), target_(std::move(target)) {}

void AlteredColumn::request(catalog::CatalogRequest& request) const {
  request.relations.insert(target().name);
}

const catalog::Column* AlteredColumn::find(const catalog::Catalog& catalog) const {
  const catalog::Relation* table = catalog.find(target().name);
  return table ? table->column(column()) : nullptr;
}

std::optional<AlteredColumn::Found> AlteredColumn::judge_column(Judge& judge) const {
  const catalog::Relation* table = judge.table(target());
  if (!table) return std::nullopt;
  std::optional<catalog::Column> found = judge.column(*table, column());
  if (!found) return std::nullopt;
  return Found{*table, std::move(*found)};
}

std::string AlteredColumn::alter(const catalog::Relation& table, std::string_view action) const {
  return alter_table(table.name,
                     fmt::format("ALTER COLUMN {} {}", sql::quote_identifier(column()), action));
}

plan::Step AlteredColumn::step(const Context& context, const catalog::Relation& table,
                               core::Phase natural, std::string title, std::string_view action,
                               plan::Undo undo) const {
  return Maker{*this, context}.transaction(
      natural, std::move(title), {alter(table, action)},
      family(context.catalog, table, catalog::LockMode::kAccessExclusive), std::move(undo),
      {touch_column(plan::Touch::How::kChanges, table.name, column())});
}

std::string AlteredColumn::described() const {
  return fmt::format("table={} column={}", shown(target().name), column());
}

}  // namespace lockstep::operations
