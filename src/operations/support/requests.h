#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/request.h"
#include "lockstep/core/names.h"

namespace lockstep::operations {

/// Names that something beside that table may be given: in the table's schema.
void request_names(catalog::CatalogRequest& request, const core::QualifiedName& table,
                   const std::vector<std::string>& names);

}  // namespace lockstep::operations
