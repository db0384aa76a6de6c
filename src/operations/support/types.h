#pragma once

#include <string>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// The type as format_type() prints it: "character varying(50)", "integer[]", "mood".
std::string format_type(const sql::TypeName& type, const catalog::Catalog& catalog);

/// Where PostgreSQL finds the type: a type of the catalog, else one of pg_catalog. A serial is its
/// integer.
catalog::QualifiedName resolve_type(const sql::TypeName& type, const catalog::Catalog& catalog);

/// A domain with NOT NULL or CHECK: adding a column of it rewrites the table.
bool constrained_domain(const sql::TypeName& type, const catalog::Catalog& catalog);

}  // namespace lockstep::operations
