#include "lockstep/operations/registry.h"

#include <algorithm>
#include <array>

#include "add_check.h"
#include "add_column.h"
#include "add_foreign_key.h"
#include "add_primary_key.h"
#include "add_unique.h"
#include "create_index.h"
#include "create_table.h"
#include "drop_column.h"
#include "drop_constraint.h"
#include "drop_default.h"
#include "drop_not_null.h"
#include "drop_table.h"
#include "set_default.h"
#include "set_not_null.h"
#include "validate_constraint.h"

namespace lockstep::operations {

namespace {

// In reading order: tables, columns, constraints, indexes, data, everything else.
constexpr OperationKind kOperations[] = {
    {"create_table", "create a table", create_table::from_yaml},
    {"drop_table", "drop a table", drop_table::from_yaml},
    {"add_column", "add a column, filled where it needs to be", add_column::from_yaml},
    {"drop_column", "drop a column", drop_column::from_yaml},
    {"set_default", "give a column a default", set_default::from_yaml},
    {"drop_default", "take a column's default away", drop_default::from_yaml},
    {"drop_not_null", "let a column be null", drop_not_null::from_yaml},
    {"set_not_null", "make a column NOT NULL", set_not_null::from_yaml},
    {"add_check", "add a CHECK constraint", add_check::from_yaml},
    {"add_foreign_key", "add a foreign key", add_foreign_key::from_yaml},
    {"add_unique", "add a UNIQUE constraint", add_unique::from_yaml},
    {"add_primary_key", "add a primary key", add_primary_key::from_yaml},
    {"validate_constraint", "prove a constraint that is NOT VALID", validate_constraint::from_yaml},
    {"drop_constraint", "drop a constraint", drop_constraint::from_yaml},
    {"create_index", "build an index", create_index::from_yaml},
};

}  // namespace

std::span<const OperationKind> registry() { return kOperations; }

const OperationKind* find_operation(std::string_view name) {
  const auto found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                  [&](const OperationKind& kind) { return kind.name == name; });
  return found == std::end(kOperations) ? nullptr : found;
}

}  // namespace lockstep::operations
