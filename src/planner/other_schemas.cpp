#include "other_schemas.h"

#include <algorithm>
#include <string>

namespace lockstep::planner {

using core::QualifiedName;

namespace {

/// Whether a name written with that schema leads to what nobody has declared.
bool is_other(const std::string& schema, const catalog::Catalog& catalog) {
  if (schema.empty() || schema == core::kTenantSchema) return false;
  if (schema == "pg_catalog" || schema == "information_schema") return false;
  const std::vector<std::string>& shared = catalog.shared_schemas;
  return std::find(shared.begin(), shared.end(), schema) == shared.end();
}

}  // namespace

std::vector<QualifiedName> named_in_other_schemas(const operations::Operation& operation,
                                                  const catalog::Catalog& catalog) {
  // What an operation asks of the server is what its author has named.
  catalog::CatalogRequest named;
  operation.request(named);
  std::vector<QualifiedName> result;
  for (const QualifiedName& relation : named.relations) {
    if (is_other(relation.schema, catalog)) result.push_back(relation);
  }
  for (const auto* objects : {&named.functions, &named.types}) {
    for (const QualifiedName& object : *objects) {
      if (object.schema != "public" && is_other(object.schema, catalog)) result.push_back(object);
    }
  }
  return result;
}

}  // namespace lockstep::planner
