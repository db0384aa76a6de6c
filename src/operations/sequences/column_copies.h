#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

// A column that another one is to take the place of: what PostgreSQL binds to a column for good
// (indexes, constraints, foreign keys of other tables) is made for the other one beside that, under
// names of Lockstep's, and gets the names in the swap.

namespace lockstep::operations {

struct Replacement {
  const catalog::Relation& table;
  const catalog::Column& column;
  std::string fresh;  ///< what the other one is called until the swap
  std::string name;   ///< and from then on
  /// A value of the other one may be missing, be the same for different values, or violate what the
  /// column's does not.
  bool may_differ = false;

  /// Both names are there for applications: one becomes the other.
  bool two_names() const { return fresh == name; }
};

/// When the copies are made. What can refuse a row that the column takes is contract.
struct CopyPhases {
  core::Phase checks = core::Phase::kContract;
  core::Phase keys = core::Phase::kContract;  ///< foreign keys, and NOT NULL
  /// With the foreign keys that reference them.
  core::Phase unique = core::Phase::kContract;
};

struct IndexCopy {
  const catalog::Index* original;
  std::string name;
};
/// Of a CHECK or a foreign key.
struct ConstraintCopy {
  const catalog::Relation* table;
  const catalog::Constraint* original;
  std::string name;
};
struct ColumnCopies {
  std::vector<IndexCopy> indexes;
  std::vector<ConstraintCopy> constraints;
  /// Foreign keys that reference the column, of this table and of others.
  std::vector<ConstraintCopy> references;
};

/// What cannot be copied, in words. `lint`: no server has said what indexes and constraints are;
/// those that are not known are taken for ones that can be.
std::vector<std::string> cannot_be_copied(const catalog::Catalog& catalog,
                                          const Replacement& replacement, bool lint);

/// Reports what two unique indexes on the same values mean for whoever writes.
void judge_unique_copies(Judge& judge, const Replacement& replacement);

/// Precondition: cannot_be_copied() is empty. What lint does not know has no copy.
ColumnCopies copies_for(const Maker& make, const Replacement& replacement);

/// Each index concurrently, each constraint NOT VALID and then validated, NOT NULL by a CHECK; in
/// an order in which expand comes first.
std::vector<plan::Step> copy_steps(const Maker& make, const Replacement& replacement,
                                   const ColumnCopies& copies, const CopyPhases& phases);

}  // namespace lockstep::operations
