#include "lockstep/operations/registry.h"

#include <algorithm>
#include <array>

#include "set_not_null.h"

namespace lockstep::operations {

namespace {

// In reading order: tables, columns, constraints, indexes, data, everything else.
constexpr OperationKind kOperations[] = {
    {"set_not_null", "make a column NOT NULL", set_not_null::from_yaml},
};

}  // namespace

std::span<const OperationKind> registry() { return kOperations; }

const OperationKind* find_operation(std::string_view name) {
  const auto found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                  [&](const OperationKind& kind) { return kind.name == name; });
  return found == std::end(kOperations) ? nullptr : found;
}

}  // namespace lockstep::operations
