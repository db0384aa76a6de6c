#include <utility>

#include "references.h"
#include "statements.h"

namespace lockstep::sql {

namespace {

References references_in(const Reader& reader, const PgQuery__Node* node) {
  ReferenceCollector collector(reader.source().placeholders());
  collector.collect(node);
  return collector.take();
}

/// SELECT ... INTO names its target in the leftmost of its SELECTs.
const PgQuery__IntoClause* into_of(const PgQuery__SelectStmt& stmt) {
  const PgQuery__SelectStmt* leftmost = &stmt;
  while (leftmost->larg != nullptr) {
    leftmost = leftmost->larg;
  }
  return leftmost->into_clause;
}

}  // namespace

StatementBody read_select(const Reader& reader, const PgQuery__SelectStmt& stmt) {
  ReferenceCollector collector(reader.source().placeholders());
  collector.collect(&stmt.base);
  References found = collector.take();
  if (const PgQuery__IntoClause* into = into_of(stmt)) {
    CreateTableAs result;
    result.name = reader.relation(into->rel);
    result.reads = std::move(found.relations);
    return result;
  }
  return OpaqueCode{"SELECT", std::move(found.functions), std::move(found.relations)};
}

CreateTableAs read_create_table_as(const Reader& reader, const PgQuery__CreateTableAsStmt& stmt) {
  CreateTableAs result;
  result.name = reader.relation(stmt.into->rel);
  result.materialized_view = stmt.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
  result.with_data = stmt.into->skip_data == 0;
  result.if_not_exists = stmt.if_not_exists != 0;
  result.reads = references_in(reader, stmt.query).relations;
  return result;
}

CreateView read_create_view(const Reader& reader, const PgQuery__ViewStmt& stmt) {
  CreateView result;
  result.name = reader.relation(stmt.view);
  result.or_replace = stmt.replace != 0;
  result.temporary = std::string_view(stmt.view->relpersistence) == "t";
  result.columns = reader.names(stmt.aliases, stmt.n_aliases);
  References found = references_in(reader, stmt.query);
  result.reads = std::move(found.relations);
  result.functions = std::move(found.functions);
  return result;
}

OpaqueCode read_call(const Reader& reader, const PgQuery__CallStmt& stmt) {
  ReferenceCollector collector(reader.source().placeholders());
  collector.collect(&stmt.funccall->base);
  References found = collector.take();
  return OpaqueCode{"CALL", std::move(found.functions), std::move(found.relations)};
}

}  // namespace lockstep::sql
