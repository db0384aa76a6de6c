#include "statements.h"

namespace lockstep::sql {

TransactionControl read_transaction(const PgQuery__TransactionStmt& stmt) {
  switch (stmt.kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
      return {"BEGIN"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
      return {"START TRANSACTION"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
      return {"COMMIT"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
      return {"ROLLBACK"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
      return {"SAVEPOINT"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
      return {"RELEASE"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
      return {"ROLLBACK TO"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
      return {"PREPARE TRANSACTION"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED:
      return {"COMMIT PREPARED"};
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED:
      return {"ROLLBACK PREPARED"};
    default:
      return {"transaction control"};
  }
}

SessionControl read_set(const Reader& reader, const PgQuery__VariableSetStmt& stmt) {
  const std::string name = reader.name(stmt.name);
  switch (stmt.kind) {
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
      return {"RESET " + name};
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL:
      return {"RESET ALL"};
    default:
      return {(stmt.is_local != 0 ? "SET LOCAL " : "SET ") + name};
  }
}

SessionControl read_discard(const PgQuery__DiscardStmt& stmt) {
  switch (stmt.target) {
    case PG_QUERY__DISCARD_MODE__DISCARD_PLANS:
      return {"DISCARD PLANS"};
    case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES:
      return {"DISCARD SEQUENCES"};
    case PG_QUERY__DISCARD_MODE__DISCARD_TEMP:
      return {"DISCARD TEMP"};
    default:
      return {"DISCARD ALL"};
  }
}

}  // namespace lockstep::sql
