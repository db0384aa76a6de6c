#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

// What brings back constraints and indexes that went with what is kept, as steps of Step::restore,
// and as statements of one transaction for its undo.

namespace lockstep::operations {

/// CHECK and foreign keys: added without being checked, then checked while everybody goes on.
void restore_staged(const Maker& make, const catalog::Relation& table,
                    const catalog::Constraint& constraint, std::vector<plan::Step>& steps);
/// Built concurrently; a constraint that it implements takes it then. What cannot be staged, an
/// exclusion constraint, is added plainly.
void restore_index(const Maker& make, const catalog::Relation& table, const catalog::Index& index,
                   std::vector<plan::Step>& steps);

/// The same in one transaction.
std::vector<std::string> add_again(const catalog::Relation& table,
                                   const catalog::Constraint& constraint);
std::vector<std::string> add_again(const catalog::Relation& table, const catalog::Index& index);

}  // namespace lockstep::operations
