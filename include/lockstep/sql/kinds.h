#pragma once

#include <string>
#include <string_view>
#include <vector>

// Kinds of statements by the names that PostgreSQL's grammar has for them, so that what is done
// with each can be listed and none is forgotten (docs/statements.md).

namespace lockstep::sql {

/// Those of whole statements, "AlterTableStmt", in alphabetical order; with what the grammar only
/// puts into other statements, or the server makes by itself.
std::vector<std::string> statement_kinds();

/// Those of an ALTER TABLE's sub-commands: "AT_AddColumn".
std::vector<std::string> alter_table_kinds();

/// Those of one statement: its own, and behind it its sub-commands' where it is an ALTER TABLE.
/// Empty where the text is not one statement.
std::vector<std::string> kinds_of(const std::string& statement);

}  // namespace lockstep::sql
