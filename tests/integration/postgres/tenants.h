#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/request.h"
#include "lockstep/database/catalog_reader.h"
#include "tests/support/pg_cluster.h"

namespace lockstep::test {

/// Creates the schema and, in it and under the same search_path that an application would use,
/// everything that a structure can hold: tables with all kinds of columns, constraints, indexes,
/// triggers, policies, views, types, functions, partitions.
void create_tenant(TestDatabase& db, const std::string& schema);

/// What tenants refer to: a table, a function and a type in "shared".
void create_shared(TestDatabase& db);

/// All of a tenant's relations that have parts of their own.
const catalog::CatalogRequest& whole_tenant();

/// Runs the statements with search_path = that tenant, then shared.
void in_tenant(TestDatabase& db, const std::string& schema, const std::string& statements);

/// Names that need care: quotes, spaces, upper case, unicode, 63 bytes, keywords.
std::vector<std::string> odd_names();

}  // namespace lockstep::test
