#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/sql/statement.h"
#include "support/judge.h"

// What an expression or statement names, and whether anything has the name: a misspelt one is found
// before anything runs. Lint, which knows no server, cannot say.

namespace lockstep::operations {

/// The functions that it calls and the types that it casts to.
void request_expression(catalog::CatalogRequest& request, const sql::Expr& expression);
void request_expression(catalog::CatalogRequest& request,
                        const std::optional<sql::Expr>& expression);
void request_cast_types(catalog::CatalogRequest& request,
                        const std::vector<catalog::QualifiedName>& types);

void judge_expression(Judge& judge, const catalog::Catalog& catalog, const sql::Expr& expression);
void judge_expression(Judge& judge, const catalog::Catalog& catalog,
                      const std::optional<sql::Expr>& expression);
/// `itself`: a function that the statement makes, which may call itself.
void judge_functions(Judge& judge, const catalog::Catalog& catalog,
                     const std::vector<catalog::QualifiedName>& functions,
                     const catalog::QualifiedName& itself = {});
void judge_cast_types(Judge& judge, const catalog::Catalog& catalog,
                      const std::vector<catalog::QualifiedName>& types);

/// A Problem with the nearest of `known` as what may have been meant; where code before the
/// statement may have created it, only a hazard. `what`: "column total".
void judge_unknown(Judge& judge, const catalog::Catalog& catalog, std::string message,
                   const std::string& what, const std::string& name,
                   const std::vector<std::string>& known);

}  // namespace lockstep::operations
