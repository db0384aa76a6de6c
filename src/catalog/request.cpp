#include "lockstep/catalog/request.h"

namespace lockstep::catalog {

void CatalogRequest::merge(const CatalogRequest& other) {
  relations.insert(other.relations.begin(), other.relations.end());
  functions.insert(other.functions.begin(), other.functions.end());
  types.insert(other.types.begin(), other.types.end());
  used_types.insert(other.used_types.begin(), other.used_types.end());
  used_functions.insert(other.used_functions.begin(), other.used_functions.end());
  used_sequences.insert(other.used_sequences.begin(), other.used_sequences.end());
  names.insert(other.names.begin(), other.names.end());
}

}  // namespace lockstep::catalog
