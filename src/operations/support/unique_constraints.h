#pragma once

#include <string>
#include <vector>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "sequences/index_build.h"
#include "sequences/steps.h"

// What UNIQUE and PRIMARY KEY have in common: both are an index first.

namespace lockstep::operations {

/// "UNIQUE" or "PRIMARY KEY".
std::string_view unique_words(const sql::ConstraintDef& wanted);

/// "UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) WITH (fillfactor=70) DEFERRABLE": the plain form.
std::string unique_definition(const sql::ConstraintDef& wanted);

/// The index that can become the constraint.
IndexBuild index_of(const catalog::Relation& table, const std::string& name,
                    const sql::ConstraintDef& wanted);

/// Judges columns, names, versions and, where the author gave one, the index. False where the rest
/// needs no judging.
bool judge_unique(Judge& judge, const Context& context, const Operation& operation,
                  const catalog::Relation& table, const sql::ConstraintDef& wanted);

/// The question for duplicates, the concurrent build, and the constraint made of it; of a
/// partitioned table on each of its partitions.
std::vector<plan::Step> unique_steps(const Maker& make, core::Phase natural,
                                     const catalog::Relation& table, const std::string& name,
                                     const sql::ConstraintDef& wanted);

/// ADD CONSTRAINT name UNIQUE USING INDEX index. Columns of a primary key that are not NOT NULL
/// become so; its undo takes that back. An index of the author's goes with the constraint, and is
/// built again.
plan::Step adopt_index(const Maker& make, core::Phase natural, const catalog::Relation& table,
                       const std::string& name, const std::string& index,
                       const sql::ConstraintDef& wanted);

/// In one statement, for a new table.
plan::Step add_unique_plainly(const Maker& make, const catalog::Relation& table,
                              const std::string& name, const sql::ConstraintDef& wanted);

/// name, columns, include, using_index, deferrable, initially_deferred.
sql::ConstraintDef yaml_unique(text::Fields& fields, sql::ConstraintDef::Kind kind,
                               core::Problems& problems);

/// "add_unique table=users columns=(email)", without the operation's name.
std::string describe_unique(const TableTarget& table, const sql::ConstraintDef& wanted);

}  // namespace lockstep::operations
