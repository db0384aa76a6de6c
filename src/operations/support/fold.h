#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

// What apply() does to the catalog: the effect of DDL on the value, as the server would do it.
// All are convergent: done twice, they change nothing more. Columns and checks go down to
// partitions and inheritance children, as ALTER TABLE does.

namespace lockstep::operations {

void fold_not_null(catalog::Catalog& catalog, catalog::Relation& table, std::string_view column);
void fold_nullable(catalog::Catalog& catalog, catalog::Relation& table, std::string_view column);

/// The column of a definition, without its inline constraints. `table` need not have it yet. A
/// serial's or identity's sequence is put into the catalog by fold_add_column.
catalog::Column column_of(const sql::ColumnDef& definition, const catalog::Catalog& catalog,
                          const catalog::Relation& table);
void fold_add_column(catalog::Catalog& catalog, catalog::Relation& table,
                     const catalog::Column& column);
/// Sequences that the column, or any of the table, owns.
std::vector<catalog::QualifiedName> owned_sequences(
    const catalog::Catalog& catalog, const catalog::QualifiedName& table,
    std::optional<std::string_view> column = std::nullopt);
/// With its indexes, constraints, and the sequence it owns.
void fold_drop_column(catalog::Catalog& catalog, catalog::Relation& table, std::string_view column);

/// The referenced columns: written ones, else the referenced table's primary key.
std::vector<std::string> referenced_columns(const catalog::Catalog& catalog,
                                            const sql::ConstraintDef& definition);
/// With its index and the referenced table's side. `name` from constraint_name().
void fold_add_constraint(catalog::Catalog& catalog, catalog::Relation& table,
                         const std::string& name, const sql::ConstraintDef& definition,
                         bool validated);
void fold_drop_constraint(catalog::Catalog& catalog, catalog::Relation& table,
                          std::string_view name);

/// With its side of foreign keys, and its place among its parent's partitions.
void fold_drop_relation(catalog::Catalog& catalog, const catalog::QualifiedName& name);

}  // namespace lockstep::operations
