#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"

namespace lockstep::operations {

/// Whether PostgreSQL takes these columns as the target of a foreign key.
bool is_unique_target(const catalog::Relation& table, const std::vector<std::string>& columns);

/// Whether an index begins with these columns, in any order.
bool leads_an_index(const catalog::Relation& table, const std::vector<std::string>& columns);

/// " MATCH FULL ON DELETE CASCADE DEFERRABLE", or nothing.
std::string foreign_key_options(const sql::ConstraintDef& wanted);

/// "FOREIGN KEY (a) REFERENCES ${schema}.t (b) ON DELETE CASCADE", without NOT VALID.
std::string foreign_key_definition(const sql::ConstraintDef& wanted,
                                   const catalog::Relation& referenced,
                                   const std::vector<std::string>& referenced_columns);

/// The server's words for a foreign key (pg_get_constraintdef), which name the referenced table as
/// its search_path finds it, with that table's schema.
std::string with_referenced_schema(const catalog::Constraint& constraint);

/// references, referenced_columns, on_delete, on_update, match_full, deferrable,
/// initially_deferred.
sql::ConstraintDef yaml_reference(text::Fields& fields, std::vector<std::string> columns,
                                  core::Problems& problems);
/// name, columns, references, referenced_columns, on_delete, on_update, match_full, deferrable,
/// initially_deferred.
sql::ConstraintDef yaml_foreign_key(text::Fields& fields, core::Problems& problems);

}  // namespace lockstep::operations
