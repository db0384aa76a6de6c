#include "statements.h"

namespace lockstep::sql {

namespace {

/// The expression in the brackets behind a word, from `from` on. What stands before it may have
/// brackets of its own, but not that word outside of them.
std::optional<Expr> read_bracketed(const Reader& reader, const PgQuery__Node* node,
                                   PgQuery__Token word, std::size_t from) {
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::size_t open = reader.find({word}, from, reader.last()) + 1;
  return read_expression(reader, node, TokenRange{open + 1, reader.closing(open)});
}

}  // namespace

CreatePolicy read_create_policy(const Reader& reader, const PgQuery__CreatePolicyStmt& stmt) {
  const std::size_t table = reader.at(stmt.table->location);
  return {reader.name(stmt.policy_name),
          reader.relation(stmt.table),
          stmt.permissive != 0,
          stmt.cmd_name,
          read_bracketed(reader, stmt.qual, PG_QUERY__TOKEN__USING, table),
          read_bracketed(reader, stmt.with_check, PG_QUERY__TOKEN__CHECK, table)};
}

AlterPolicy read_alter_policy(const Reader& reader, const PgQuery__AlterPolicyStmt& stmt) {
  const std::size_t table = reader.at(stmt.table->location);
  return {reader.name(stmt.policy_name), reader.relation(stmt.table),
          read_bracketed(reader, stmt.qual, PG_QUERY__TOKEN__USING, table),
          read_bracketed(reader, stmt.with_check, PG_QUERY__TOKEN__CHECK, table)};
}

}  // namespace lockstep::sql
