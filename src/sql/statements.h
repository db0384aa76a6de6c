#pragma once

#include "expressions.h"
#include "lockstep/sql/statement.h"
#include "reader.h"

namespace lockstep::sql {

// Each kind of statement into our own value, in the file of its family.

// tables.cpp
CreateTable read_create_table(const Reader& reader, const PgQuery__CreateStmt& stmt);
// alter_table.cpp
AlterTable read_alter_table(const Reader& reader, const PgQuery__AlterTableStmt& stmt);
// indexes.cpp
CreateIndex read_create_index(const Reader& reader, const PgQuery__IndexStmt& stmt);
// dml.cpp
Update read_update(const Reader& reader, const PgQuery__UpdateStmt& stmt);
Delete read_delete(const Reader& reader, const PgQuery__DeleteStmt& stmt);
Insert read_insert(const Reader& reader, const PgQuery__InsertStmt& stmt);
// queries.cpp
StatementBody read_select(const Reader& reader, const PgQuery__SelectStmt& stmt);
CreateTableAs read_create_table_as(const Reader& reader, const PgQuery__CreateTableAsStmt& stmt);
CreateView read_create_view(const Reader& reader, const PgQuery__ViewStmt& stmt);
OpaqueCode read_call(const Reader& reader, const PgQuery__CallStmt& stmt);
// routines.cpp
CreateFunction read_create_function(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt);
/// What a body in SQL reads, calls and casts to; nothing for other languages.
References references_of_body(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt);
CreateTrigger read_create_trigger(const Reader& reader, const PgQuery__CreateTrigStmt& stmt);
// objects.cpp
Drop read_drop(const Reader& reader, const PgQuery__DropStmt& stmt);
Rename read_rename(const Reader& reader, const PgQuery__RenameStmt& stmt);
CommentOn read_comment(const Reader& reader, const PgQuery__CommentStmt& stmt);
Grant read_grant(const Reader& reader, const PgQuery__GrantStmt& stmt);
CreateEnum read_create_enum(const Reader& reader, const PgQuery__CreateEnumStmt& stmt);
StatementBody read_alter_enum(const Reader& reader, const PgQuery__AlterEnumStmt& stmt);
// policies.cpp
CreatePolicy read_create_policy(const Reader& reader, const PgQuery__CreatePolicyStmt& stmt);
AlterPolicy read_alter_policy(const Reader& reader, const PgQuery__AlterPolicyStmt& stmt);
// properties.cpp
AlterSequence read_alter_sequence(const Reader& reader, const PgQuery__AlterSeqStmt& stmt);
CreateStatistics read_create_statistics(const Reader& reader, const PgQuery__CreateStatsStmt& stmt);
Reindex read_reindex(const Reader& reader, const PgQuery__ReindexStmt& stmt);
CreateType read_create_domain(const Reader& reader, const PgQuery__CreateDomainStmt& stmt);
AlterType read_alter_domain(const Reader& reader, const PgQuery__AlterDomainStmt& stmt);
CreateType read_composite_type(const Reader& reader, const PgQuery__CompositeTypeStmt& stmt);
ChangeOwner read_change_owner(const Reader& reader, const PgQuery__AlterOwnerStmt& stmt);
// control.cpp
TransactionControl read_transaction(const PgQuery__TransactionStmt& stmt);
SessionControl read_set(const Reader& reader, const PgQuery__VariableSetStmt& stmt);
SessionControl read_discard(const PgQuery__DiscardStmt& stmt);
// other.cpp
/// A statement of any kind by PostgreSQL's own words for it.
OtherStatement read_other(const Reader& reader, const PgQuery__Node& stmt);
// statements.cpp
StatementBody read_statement(const Reader& reader, const PgQuery__Node& stmt);

}  // namespace lockstep::sql
