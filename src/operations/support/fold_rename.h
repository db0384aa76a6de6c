#pragma once

#include <string>
#include <string_view>

#include "lockstep/catalog/catalog.h"

// What ALTER ... RENAME does to the catalog. What refers to the object follows it, as on the
// server; text of the server's that shows the old name is forgotten. All are convergent.

namespace lockstep::operations {

/// A table, view, materialized view or sequence.
void fold_rename_relation(catalog::Catalog& catalog, const catalog::QualifiedName& from,
                          const std::string& to);
/// With the constraint that it implements, which has its name.
void fold_rename_index(catalog::Catalog& catalog, catalog::Relation& table, std::string_view from,
                       const std::string& to);
/// With its index; a CHECK in partitions and children too.
void fold_rename_constraint(catalog::Catalog& catalog, catalog::Relation& table,
                            std::string_view from, const std::string& to);
/// In partitions and children too. `to_the_end`: another column has taken its place.
void fold_rename_column(catalog::Catalog& catalog, catalog::Relation& table,
                        const std::string& from, const std::string& to, bool to_the_end);
void fold_rename_type(catalog::Catalog& catalog, const catalog::QualifiedName& from,
                      const std::string& to);

}  // namespace lockstep::operations
