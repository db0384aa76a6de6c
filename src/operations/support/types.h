#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/sql/statement.h"
#include "support/judge.h"

namespace lockstep::operations {

/// What must be known of the server for judge_type(): also whether a table has that name, whose
/// rows it would mean.
void request_type(catalog::CatalogRequest& request, const sql::TypeName& type);
/// A Problem where no type has that name. Lint, which knows no server, cannot say.
void judge_type(Judge& judge, const catalog::Catalog& catalog, const sql::TypeName& type);

/// The type as format_type() prints it: "character varying(50)", "integer[]", "mood".
std::string format_type(const sql::TypeName& type, const catalog::Catalog& catalog);

/// Where PostgreSQL finds the type: a type of the catalog, else one of pg_catalog. A serial is its
/// integer.
catalog::QualifiedName resolve_type(const sql::TypeName& type, const catalog::Catalog& catalog);

/// "users.mood": the columns that have the type, in the order of their tables' names.
std::vector<std::string> columns_of_type(const catalog::Catalog& catalog,
                                         const catalog::QualifiedName& type);

/// A domain with NOT NULL or CHECK: adding a column of it rewrites the table.
bool constrained_domain(const sql::TypeName& type, const catalog::Catalog& catalog);

}  // namespace lockstep::operations
