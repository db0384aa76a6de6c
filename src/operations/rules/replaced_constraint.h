#pragma once

#include "lockstep/operations/operation.h"

// A constraint that is dropped and added again by its name, in one migration (RULES.md 1). Taken
// one by one, the drop would relax in expand and the add would wait for contract, and nothing would
// hold in between.

namespace lockstep::operations {

/// Whether `add` gives back, changed, what `drop` takes away, both say the same of hazards, and
/// what they say of phases lets them be one.
bool replaces_constraint(const Operation& drop, const Operation& add);

/// Both as one operation, which keeps a constraint standing at any moment where it can.
/// Precondition: replaces_constraint().
OperationPtr replaced_constraint(OperationPtr drop, OperationPtr add);

/// Whether the operation adds or replaces a CHECK or foreign key, on which no other constraint
/// stands.
bool adds_check_or_key(const Operation& operation);

}  // namespace lockstep::operations
