#include "support/requests.h"

namespace lockstep::operations {

void request_names(catalog::CatalogRequest& request, const core::QualifiedName& table,
                   const std::vector<std::string>& names) {
  for (const std::string& name : names) request.names.insert({table.schema, name});
}

}  // namespace lockstep::operations
