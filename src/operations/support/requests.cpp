#include "support/requests.h"

namespace lockstep::operations {

void request_functions(catalog::CatalogRequest& request, const sql::Expr& expression) {
  request.functions.insert(expression.functions.begin(), expression.functions.end());
}

void request_functions(catalog::CatalogRequest& request,
                       const std::optional<sql::Expr>& expression) {
  if (expression) request_functions(request, *expression);
}

void request_names(catalog::CatalogRequest& request, const core::QualifiedName& table,
                   const std::vector<std::string>& names) {
  for (const std::string& name : names) request.names.insert({table.schema, name});
}

}  // namespace lockstep::operations
