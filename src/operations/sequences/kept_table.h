#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

namespace lockstep::operations {

/// What of the table nobody could bring back: parts of it that are not as a server has printed
/// them.
std::vector<std::string> unknown_parts(const catalog::Relation& table);

/// Instead of dropping it: its foreign keys go, each in a transaction of its own, then it moves
/// into the schema for kept tables, out of its publications, with its sequences, indexes and
/// statistics, under names that no other tenant has. Precondition: is_kept().
std::vector<plan::Step> keep_table_steps(const Maker& make, const catalog::Relation& table);

}  // namespace lockstep::operations
