#pragma once

#include "expressions.h"
#include "lockstep/sql/statement.h"
#include "reader.h"

namespace lockstep::sql {

/// A column definition whose element ends before token `end`.
ColumnDef read_column(const Reader& reader, const PgQuery__ColumnDef* column, std::size_t end);

/// A table constraint at `range`, CONSTRAINT name included.
ConstraintDef read_constraint(const Reader& reader, const PgQuery__Constraint* constraint,
                              TokenRange range);

}  // namespace lockstep::sql
