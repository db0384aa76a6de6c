#pragma once

#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/operations/operation.h"

namespace lockstep::planner {

/// RULES.md 27: what a tenant's operation names in schemas that are neither the tenant's nor
/// declared as shared, so that the same object would serve every tenant. PostgreSQL's own schemas
/// are everybody's; so are the functions and types of `public`, where extensions are.
std::vector<core::QualifiedName> named_in_other_schemas(const operations::Operation& operation,
                                                        const catalog::Catalog& catalog);

}  // namespace lockstep::planner
