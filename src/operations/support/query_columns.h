#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/sql/query.h"
#include "support/judge.h"

// A query's columns: those that it names and nothing has, and those that it gives.

namespace lockstep::operations {

struct QueryColumns {
  /// Name and type; a type that is not certain is empty. Up to the first that is not known.
  std::vector<catalog::Column> columns;
  bool complete = true;  ///< these are all
};

/// What the query gives against that catalog.
QueryColumns result_columns(const sql::Query& query, const catalog::Catalog& catalog);

/// The same for a view, whose column list names the first of them.
QueryColumns view_columns(const sql::Query& query, const std::vector<std::string>& names,
                          const catalog::Catalog& catalog);

/// Problems for columns that the query names and nothing that it reads has. Where it is not certain
/// what it reads, nothing is said.
void judge_columns(Judge& judge, const sql::Query& query, const Context& context);

/// What must be known for that: "u.name" may also be a function of the row u.
void request_columns(catalog::CatalogRequest& request, const sql::Query& query);

}  // namespace lockstep::operations
