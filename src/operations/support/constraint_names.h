#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// Those of the key; a CHECK, which has no list, depends on the columns that its expression names.
std::vector<std::string> constrained_columns(const sql::ConstraintDef& definition);
/// UNIQUE, PRIMARY KEY, EXCLUDE.
bool has_index(sql::ConstraintDef::Kind kind);

/// The name the author gave, else the one PostgreSQL would choose.
std::string constraint_name(const catalog::Catalog& catalog, const catalog::Relation& table,
                            const sql::ConstraintDef& definition);
/// What must be known of the server for constraint_name(), `table` as written.
void request_constraint_name(catalog::CatalogRequest& request, const catalog::QualifiedName& table,
                             const sql::ConstraintDef& definition);

}  // namespace lockstep::operations
