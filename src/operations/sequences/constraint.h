#pragma once

#include <string>
#include <vector>

#include "lockstep/sql/statement.h"
#include "sequences/steps.h"

// A constraint that is added without being checked, and checked while everybody goes on (RULES.md
// 5).

namespace lockstep::operations {

struct StagedConstraint {
  const catalog::Relation& table;
  std::string name;
  std::string definition;                  ///< "CHECK (a > 0)", without NOT VALID
  std::vector<std::string> columns;        ///< of the table, for the touches
  std::vector<plan::Touch> needs;          ///< beyond the table: the referenced columns
  std::vector<plan::LockClaim> add_locks;  ///< of ADD CONSTRAINT, in the order to take them
  std::vector<plan::LockClaim> validate_locks;
  core::Phase phase = core::Phase::kContract;
};

std::string add_constraint_sql(const catalog::QualifiedName& table, const std::string& name,
                               const std::string& definition);
std::string drop_constraint_sql(const catalog::QualifiedName& table, const std::string& name);

plan::Step add_not_valid(const Maker& make, const StagedConstraint& constraint);
plan::Step validate(const Maker& make, const StagedConstraint& constraint);
/// In one statement, for a new table.
plan::Step add_plainly(const Maker& make, const StagedConstraint& constraint);

/// The question whether a row violates CHECK (expression).
plan::Step check_satisfied(const Maker& make, core::Phase natural, const catalog::Relation& table,
                           const sql::Expr& expression, const std::string& constraint);

struct Reference {
  const catalog::Relation& table;
  std::vector<std::string> columns;
  const catalog::Relation& referenced;
  std::vector<std::string> referenced_columns;
  bool match_full = false;
};
/// The question whether a row references nothing.
plan::Step check_no_orphans(const Maker& make, core::Phase natural, const Reference& reference);

}  // namespace lockstep::operations
