#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

// A column as the author defines it, in both forms, and back to SQL.

namespace lockstep::operations {

/// A column's fields: `name_key`, type, not_null, default, collation, identity (always |
/// by_default), generated, virtual, primary_key, unique, check, references, referenced_columns,
/// on_delete, on_update. Constraints of its own land in ColumnDef::constraints. Leaves finish() to
/// the caller.
sql::ColumnDef yaml_column(text::Fields& fields, std::string_view name_key,
                           core::Problems& problems);

/// What render_column() writes.
struct ColumnParts {
  bool default_value = true;  ///< DEFAULT, GENERATED, IDENTITY
  bool not_null = true;
};
/// "phone text DEFAULT 'x' NOT NULL": from the author's slices, without inline constraints.
std::string render_column(const sql::ColumnDef& column, const ColumnParts& parts);

/// An expression as DEFAULT takes it: as written if it can stand there, else in parentheses.
std::string as_operand(const std::string& expression);

/// "phone text NOT NULL DEFAULT 'x'" by what it means, the same for both forms of a migration.
std::string describe_column(const sql::ColumnDef& column);
std::string describe_constraint(const sql::ConstraintDef& constraint);

/// The constraint as a table constraint with its name, where it has one: "CONSTRAINT n CHECK (a >
/// 0)".
std::string render_constraint(const sql::ConstraintDef& constraint);

}  // namespace lockstep::operations
