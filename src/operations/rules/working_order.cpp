#include <algorithm>
#include <optional>

#include "alter_column_type.h"
#include "lockstep/operations/registry.h"

namespace lockstep::operations {

namespace {

using Changed = std::optional<catalog::ColumnName>;

/// Whether a foreign key leads from the one column to the other.
bool references(const catalog::Catalog& catalog, const Changed& from, const Changed& to) {
  if (!from || !to) return false;
  const catalog::Relation* table = catalog.find(to->table);
  return table && std::any_of(table->referenced_by.begin(), table->referenced_by.end(),
                              [&](const catalog::ReferencingKey& key) {
                                const std::size_t pairs =
                                    std::min(key.columns.size(), key.referenced_columns.size());
                                for (std::size_t i = 0; i < pairs; ++i) {
                                  if (key.table == from->table && key.columns[i] == from->column &&
                                      key.referenced_columns[i] == to->column) {
                                    return true;
                                  }
                                }
                                return false;
                              });
}

}  // namespace

std::vector<std::size_t> in_working_order(const std::vector<OperationPtr>& operations,
                                          std::size_t next, const catalog::Catalog& catalog) {
  std::vector<std::size_t> order{next};
  std::vector<Changed> changed{alter_column_type::changed_by(*operations[next], catalog)};
  if (!changed.front()) return order;
  for (std::size_t i = next + 1; i < operations.size(); ++i) {
    const Changed column = alter_column_type::changed_by(*operations[i], catalog);
    if (!column) break;
    // In a circle the order is that of the file.
    const auto referenced = std::find_if(changed.begin(), changed.end(), [&](const Changed& other) {
      return references(catalog, column, other);
    });
    const auto place = referenced - changed.begin();
    changed.insert(referenced, column);
    order.insert(order.begin() + place, i);
  }
  return order;
}

}  // namespace lockstep::operations
