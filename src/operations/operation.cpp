#include "lockstep/operations/operation.h"

#include <algorithm>

namespace lockstep::operations {

const Allow* Origin::allow_for(std::string_view id) const {
  const auto found = std::find_if(allows.begin(), allows.end(),
                                  [&](const Allow& allow) { return allow.hazard == id; });
  return found == allows.end() ? nullptr : &*found;
}

bool Origin::allows_hazard(std::string_view id) const {
  return allow_for(id) != nullptr;
}

}  // namespace lockstep::operations
