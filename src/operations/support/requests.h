#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/catalog/request.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// The functions that it calls.
void request_functions(catalog::CatalogRequest& request, const sql::Expr& expression);
void request_functions(catalog::CatalogRequest& request,
                       const std::optional<sql::Expr>& expression);

/// Names that something beside that table may be given: in the table's schema.
void request_names(catalog::CatalogRequest& request, const core::QualifiedName& table,
                   const std::vector<std::string>& names);

}  // namespace lockstep::operations
