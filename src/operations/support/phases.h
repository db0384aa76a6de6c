#pragma once

#include <string>
#include <vector>

#include "support/judge.h"

// When a constraint cannot hurt the deployed application (RULES.md 5).

namespace lockstep::operations {

/// Whether the deployed application can store nothing but NULL in these columns: pending migrations
/// add them, and nothing gives them a value of their own. UNIQUE and FOREIGN KEY let such rows
/// pass.
bool stay_null_until_deploy(const catalog::Relation& table,
                            const std::vector<std::string>& columns);

/// Expand for a new table and for columns that stay NULL, else contract.
core::Phase constraint_phase(const catalog::Relation& table,
                             const std::vector<std::string>& columns, const Operation& operation,
                             const Context& context);

}  // namespace lockstep::operations
