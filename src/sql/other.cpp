#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "names.h"
#include "statements.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

// By the nodes' names, since the grammars do not have all the same. A kind that is not here gets
// its words from its name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 73> kWords{{
    {"AlterCollationStmt", "ALTER COLLATION"},
    {"AlterDatabaseRefreshCollStmt", "ALTER DATABASE"},
    {"AlterDatabaseSetStmt", "ALTER DATABASE SET"},
    {"AlterDatabaseStmt", "ALTER DATABASE"},
    {"AlterDefaultPrivilegesStmt", "ALTER DEFAULT PRIVILEGES"},
    {"AlterEventTrigStmt", "ALTER EVENT TRIGGER"},
    {"AlterExtensionContentsStmt", "ALTER EXTENSION"},
    {"AlterExtensionStmt", "ALTER EXTENSION"},
    {"AlterFdwStmt", "ALTER FOREIGN DATA WRAPPER"},
    {"AlterForeignServerStmt", "ALTER SERVER"},
    {"AlterFunctionStmt", "ALTER FUNCTION"},
    {"AlterOpFamilyStmt", "ALTER OPERATOR FAMILY"},
    {"AlterOperatorStmt", "ALTER OPERATOR"},
    {"AlterPublicationStmt", "ALTER PUBLICATION"},
    {"AlterRoleSetStmt", "ALTER ROLE SET"},
    {"AlterRoleStmt", "ALTER ROLE"},
    {"AlterStatsStmt", "ALTER STATISTICS"},
    {"AlterSubscriptionStmt", "ALTER SUBSCRIPTION"},
    {"AlterSystemStmt", "ALTER SYSTEM"},
    {"AlterTSConfigurationStmt", "ALTER TEXT SEARCH CONFIGURATION"},
    {"AlterTSDictionaryStmt", "ALTER TEXT SEARCH DICTIONARY"},
    {"AlterTableMoveAllStmt", "ALTER TABLE ALL IN TABLESPACE"},
    {"AlterTableSpaceOptionsStmt", "ALTER TABLESPACE"},
    {"AlterTypeStmt", "ALTER TYPE"},
    {"AlterUserMappingStmt", "ALTER USER MAPPING"},
    {"CheckPointStmt", "CHECKPOINT"},
    {"ClosePortalStmt", "CLOSE"},
    {"ClusterStmt", "CLUSTER"},
    {"ConstraintsSetStmt", "SET CONSTRAINTS"},
    {"CopyStmt", "COPY"},
    {"CreateAmStmt", "CREATE ACCESS METHOD"},
    {"CreateCastStmt", "CREATE CAST"},
    {"CreateConversionStmt", "CREATE CONVERSION"},
    {"CreateEventTrigStmt", "CREATE EVENT TRIGGER"},
    {"CreateExtensionStmt", "CREATE EXTENSION"},
    {"CreateFdwStmt", "CREATE FOREIGN DATA WRAPPER"},
    {"CreateForeignServerStmt", "CREATE SERVER"},
    {"CreateForeignTableStmt", "CREATE FOREIGN TABLE"},
    {"CreateOpClassStmt", "CREATE OPERATOR CLASS"},
    {"CreateOpFamilyStmt", "CREATE OPERATOR FAMILY"},
    {"CreatePLangStmt", "CREATE LANGUAGE"},
    {"CreatePublicationStmt", "CREATE PUBLICATION"},
    {"CreateRoleStmt", "CREATE ROLE"},
    {"CreateSchemaStmt", "CREATE SCHEMA"},
    {"CreateSubscriptionStmt", "CREATE SUBSCRIPTION"},
    {"CreateTableSpaceStmt", "CREATE TABLESPACE"},
    {"CreateTransformStmt", "CREATE TRANSFORM"},
    {"CreateUserMappingStmt", "CREATE USER MAPPING"},
    {"CreatedbStmt", "CREATE DATABASE"},
    {"DeallocateStmt", "DEALLOCATE"},
    {"DeclareCursorStmt", "DECLARE CURSOR"},
    {"DropOwnedStmt", "DROP OWNED"},
    {"DropRoleStmt", "DROP ROLE"},
    {"DropSubscriptionStmt", "DROP SUBSCRIPTION"},
    {"DropTableSpaceStmt", "DROP TABLESPACE"},
    {"DropUserMappingStmt", "DROP USER MAPPING"},
    {"DropdbStmt", "DROP DATABASE"},
    {"ExecuteStmt", "EXECUTE"},
    {"ExplainStmt", "EXPLAIN"},
    {"FetchStmt", "FETCH"},
    {"ImportForeignSchemaStmt", "IMPORT FOREIGN SCHEMA"},
    {"ListenStmt", "LISTEN"},
    {"LoadStmt", "LOAD"},
    {"LockStmt", "LOCK TABLE"},
    {"MergeStmt", "MERGE"},
    {"NotifyStmt", "NOTIFY"},
    {"PrepareStmt", "PREPARE"},
    {"ReassignOwnedStmt", "REASSIGN OWNED"},
    {"RuleStmt", "CREATE RULE"},
    {"SecLabelStmt", "SECURITY LABEL"},
    {"TruncateStmt", "TRUNCATE"},
    {"UnlistenStmt", "UNLISTEN"},
    {"VariableShowStmt", "SHOW"},
}};

/// "AlterFooBarStmt" is ALTER FOO BAR.
std::string words_of_name(std::string_view name) {
  if (name.ends_with("Stmt")) {
    name.remove_suffix(4);
  }
  std::string result;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isupper(letter) != 0 && !result.empty()) {
      result += ' ';
    }
    result += static_cast<char>(std::toupper(letter));
  }
  return result;
}

std::string words_of_statement(const PgQuery__Node& stmt) {
  switch (stmt.node_case) {
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
      return "ALTER " + object_words(stmt.alter_object_schema_stmt->object_type) + " SET SCHEMA";
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_DEPENDS_STMT:
      return "ALTER " + object_words(stmt.alter_object_depends_stmt->object_type) +
             " DEPENDS ON EXTENSION";
    case PG_QUERY__NODE__NODE_DEFINE_STMT:
      return "CREATE " + object_words(stmt.define_stmt->kind);
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
      return stmt.vacuum_stmt->is_vacuumcmd != 0 ? "VACUUM" : "ANALYZE";
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
      return stmt.grant_role_stmt->is_grant != 0 ? "GRANT ROLE" : "REVOKE ROLE";
    default:
      break;
  }
  const ProtobufCMessage* inner = content(&stmt);
  const std::string_view name = inner != nullptr ? kind_of(*inner) : "an unknown statement";
  for (const auto& [node, words] : kWords) {
    if (node == name) {
      return std::string(words);
    }
  }
  return words_of_name(name);
}

void add_relations(const Reader& reader, PgQuery__Node* const* nodes, std::size_t count,
                   std::vector<QualifiedName>& names) {
  for (std::size_t i = 0; i < count; ++i) {
    if (nodes[i]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
      names.push_back(reader.relation(nodes[i]->range_var));
    }
  }
}

}  // namespace

OtherStatement read_other(const Reader& reader, const PgQuery__Node& stmt) {
  OtherStatement result{words_of_statement(stmt), {}};
  if (stmt.node_case == PG_QUERY__NODE__NODE_TRUNCATE_STMT) {
    add_relations(reader, stmt.truncate_stmt->relations, stmt.truncate_stmt->n_relations,
                  result.names);
  }
  return result;
}

}  // namespace lockstep::sql
