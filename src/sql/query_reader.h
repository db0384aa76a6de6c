#pragma once

#include "lockstep/sql/query.h"
#include "placeholder.h"
#include "tree.h"

namespace lockstep::sql {

/// Takes apart what a statement reads (lockstep/sql/query.h).
class QueryReader {
 public:
  explicit QueryReader(const Placeholders& placeholders) : placeholders_(placeholders) {}

  /// A SELECT or VALUES; of anything else nothing is told.
  Query query(const PgQuery__Node* statement) const;

  /// An UPDATE's or DELETE's: its table, then FROM or USING.
  Query change(const PgQuery__WithClause* with, const PgQuery__RangeVar& table,
               PgQuery__Node* const* from, std::size_t from_count) const;
  /// Adds what an expression names, and the sub-selects in it.
  void expression(const ProtobufCMessage* message, Query& query) const;
  void expression(const PgQuery__Node* node, Query& query) const {
    expression(content(node), query);
  }
  void expressions(PgQuery__Node* const* nodes, std::size_t count, Query& query) const;

 private:
  Query select(const PgQuery__SelectStmt& stmt) const;
  void values(const PgQuery__SelectStmt& stmt, Query& query) const;
  void with(const PgQuery__WithClause* clause, Query& query) const;
  FromItem from(const PgQuery__Node& node, Query& query) const;
  FromItem join(const PgQuery__JoinExpr& join, Query& query) const;
  FromItem relation(const PgQuery__RangeVar& relation) const;
  FromItem other(const ProtobufCMessage& message, Query& query) const;
  void alias(const PgQuery__Alias* alias, FromItem& item) const;
  ResultColumn result(const PgQuery__ResTarget& target) const;
  ColumnUse use(const PgQuery__ColumnRef& reference) const;
  std::string name(const PgQuery__Node* node) const;

  const Placeholders& placeholders_;
};

}  // namespace lockstep::sql
