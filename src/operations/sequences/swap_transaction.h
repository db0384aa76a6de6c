#pragma once

#include <string>
#include <vector>

#include "sequences/sync_trigger.h"
#include "sequences/type_swap.h"

// The end of a change of type: one short transaction in which the new column takes the name and the
// place of the old one, and what follows it.

namespace lockstep::operations {

struct IndexCopy {
  const catalog::Index* original;
  std::string name;
};
/// Of a CHECK or a foreign key.
struct ConstraintCopy {
  const catalog::Constraint* original;
  std::string name;
};
struct SwapParts {
  const TypeSwap& swap;
  std::string fresh;  ///< the new column until the swap
  std::string old;    ///< the old column from the swap on
  std::vector<IndexCopy> indexes;
  std::vector<ConstraintCopy> constraints;
};

/// The swap, the validation of foreign keys of other tables that reference the column, and the end
/// of the old column, a step of its own.
std::vector<plan::Step> swap_steps(const Maker& make, const SwapParts& parts,
                                   const SyncTrigger& trigger);

}  // namespace lockstep::operations
