#include "support/known_names.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/builtins.h"
#include "lockstep/text/nearest.h"
#include "support/types.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::QualifiedName;

namespace {

sql::TypeName named_type(const QualifiedName& name) {
  sql::TypeName type;
  type.name = name;
  return type;
}

bool is_column_name(const Catalog& catalog, const std::string& name) {
  return std::any_of(catalog.relations.begin(), catalog.relations.end(),
                     [&](const auto& entry) { return entry.second.column(name) != nullptr; });
}

/// A type's name is a function's too, and so is a column's: f(row) is row.f.
bool may_be_called(const QualifiedName& name, const Catalog& catalog) {
  const bool builtin = name.schema.empty() || name.schema == "pg_catalog";
  if (builtin && (catalog::builtin_volatility(name.name) || catalog::is_builtin_type(name.name))) {
    return true;
  }
  // A server newer than our table of names may have more of them.
  if (name.schema == "pg_catalog" || name.schema == "information_schema") return true;
  if (name.schema.rfind("pg_temp", 0) == 0) return true;
  return !catalog.find_functions(name).empty() || catalog.find_type(name) || catalog.find(name) ||
         is_column_name(catalog, name.name);
}

std::vector<std::string> own_functions(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const catalog::Function& function : catalog.functions) names.push_back(function.name.name);
  return names;
}

}  // namespace

void request_expression(catalog::CatalogRequest& request, const sql::Expr& expression) {
  request.functions.insert(expression.functions.begin(), expression.functions.end());
  request_cast_types(request, expression.cast_types);
}

void request_expression(catalog::CatalogRequest& request,
                        const std::optional<sql::Expr>& expression) {
  if (expression) request_expression(request, *expression);
}

void request_cast_types(catalog::CatalogRequest& request, const std::vector<QualifiedName>& types) {
  for (const QualifiedName& type : types) {
    if (type.schema != "pg_catalog") request_type(request, named_type(type));
  }
}

void judge_expression(Judge& judge, const Catalog& catalog, const sql::Expr& expression) {
  judge_functions(judge, catalog, expression.functions);
  judge_cast_types(judge, catalog, expression.cast_types);
}

void judge_expression(Judge& judge, const Catalog& catalog,
                      const std::optional<sql::Expr>& expression) {
  if (expression) judge_expression(judge, catalog, *expression);
}

void judge_functions(Judge& judge, const Catalog& catalog,
                     const std::vector<QualifiedName>& functions, const QualifiedName& itself) {
  if (catalog.partial) return;
  for (const QualifiedName& name : functions) {
    if (may_be_called(name, catalog) || name == itself) continue;
    std::vector<std::string> known = own_functions(catalog);
    if (name.schema.empty()) {
      for (const std::string_view each : catalog::builtin_function_names())
        known.emplace_back(each);
    }
    const std::string message = fmt::format("there is no function {}", shown(name));
    judge_unknown(judge, catalog, message, "function " + shown(name), name.name, known);
  }
}

void judge_cast_types(Judge& judge, const Catalog& catalog,
                      const std::vector<QualifiedName>& types) {
  for (const QualifiedName& type : types) judge_type(judge, catalog, named_type(type));
}

void judge_unknown(Judge& judge, const Catalog& catalog, std::string message,
                   const std::string& what, const std::string& name,
                   const std::vector<std::string>& known) {
  const std::optional<std::string> meant = text::nearest(name, known);
  if (catalog.after_opaque_code) {
    judge.report(
        {.id = "name-of-unknown-origin",
         .effect = fmt::format("There is no {}, unless code before this statement creates it; if "
                               "it does not by then, this fails and leaves nothing behind.",
                               what),
         .remedy = meant ? fmt::format("If {} is meant, write that.", *meant)
                         : "Nothing, if the code creates it; code runs in contract unless its "
                           "phase is written."});
    return;
  }
  judge.problem(std::move(message),
                meant ? fmt::format("Did you mean {}?", *meant)
                      : "Check the name, and that an earlier migration creates it.");
}

}  // namespace lockstep::operations
