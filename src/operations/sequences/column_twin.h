#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

// A column that is to take the place of another, of the same type and with the same values: what
// the other one has (indexes, constraints, NOT NULL) is made for it beside that, under names of
// Lockstep's, and gets the names when the other one goes.

namespace lockstep::operations {

struct ColumnTwin {
  const catalog::Relation& table;
  std::string from;
  std::string to;
};

/// What of the column cannot be made for its twin, in words. Empty: nothing. `lint`: no server has
/// said what indexes and constraints are; those that are not known are taken for ones that can be.
std::vector<std::string> cannot_be_twinned(const ColumnTwin& twin, bool lint);

/// ADD COLUMN, without default and NOT NULL, with the privileges that are on the other.
plan::Step add_twin_step(const Maker& make, const ColumnTwin& twin);
/// Indexes, concurrently; constraints, proved while everybody goes on.
std::vector<plan::Step> twin_parts_steps(const Maker& make, const ColumnTwin& twin);

/// The statements, for one transaction, that drop the other column and give the twin all that it
/// had.
std::vector<std::string> take_place(const Maker& make, const ColumnTwin& twin);
/// What these lock.
std::vector<plan::LockClaim> take_place_locks(const Maker& make, const ColumnTwin& twin);

}  // namespace lockstep::operations
