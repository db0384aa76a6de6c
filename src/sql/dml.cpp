#include <initializer_list>
#include <utility>

#include "references.h"
#include "statements.h"

namespace lockstep::sql {

namespace {

/// The clause's keyword at the statement's own level; last() if there is none. Not the FROM of
/// IS DISTINCT FROM.
std::size_t find_clause(const Reader& reader, std::initializer_list<PgQuery__Token> kinds,
                        std::size_t from) {
  std::size_t i = reader.find(kinds, from, reader.last());
  while (reader.is(i, PG_QUERY__TOKEN__FROM) && reader.is(i - 1, PG_QUERY__TOKEN__DISTINCT)) {
    i = reader.find(kinds, i + 1, reader.last());
  }
  return i;
}

std::optional<std::string> alias_of(const Reader& reader, const PgQuery__RangeVar& relation) {
  return relation.alias != nullptr ? reader.optional_name(relation.alias->aliasname) : std::nullopt;
}

std::optional<Expr> read_where(const Reader& reader, const PgQuery__Node* condition,
                               std::size_t from) {
  if (condition == nullptr) {
    return std::nullopt;
  }
  const std::size_t where = find_clause(reader, {PG_QUERY__TOKEN__WHERE}, from);
  const std::size_t end = find_clause(reader, {PG_QUERY__TOKEN__RETURNING}, where);
  return read_expression(reader, condition, TokenRange{where + 1, end});
}

/// The expressions of SET a = x, b = y. Each target has a position; its value ends before the
/// comma in front of the next one.
void read_assignments(const Reader& reader, const PgQuery__UpdateStmt& stmt, Update& result) {
  for (std::size_t i = 0; i < stmt.n_target_list; ++i) {
    const PgQuery__ResTarget& target = *stmt.target_list[i]->res_target;
    const std::size_t begin = reader.at(target.location);
    Assignment assignment;
    assignment.column = reader.name(target.name);
    // SET a[1] = x and SET a.b = x write a part of the column: x is not its value.
    result.multi_assignment = result.multi_assignment || target.n_indirection > 0;
    if (target.val->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) {
      result.multi_assignment = true;
      assignment.value = describe_expression(reader.source().placeholders(), target.val);
    } else {
      const std::size_t equals = reader.find({PG_QUERY__TOKEN__ASCII_61}, begin, reader.last());
      const std::size_t end = find_clause(reader,
                                          {PG_QUERY__TOKEN__ASCII_44, PG_QUERY__TOKEN__FROM,
                                           PG_QUERY__TOKEN__WHERE, PG_QUERY__TOKEN__RETURNING},
                                          equals);
      assignment.value = read_expression(reader, target.val, TokenRange{equals + 1, end});
    }
    result.assignments.push_back(std::move(assignment));
  }
}

}  // namespace

Update read_update(const Reader& reader, const PgQuery__UpdateStmt& stmt) {
  Update result;
  result.table = reader.relation(stmt.relation);
  result.alias = alias_of(reader, *stmt.relation);
  result.only = stmt.relation->inh == 0;
  result.has_from = stmt.n_from_clause > 0;
  result.has_with = stmt.with_clause != nullptr;
  result.has_returning = stmt.n_returning_list > 0;
  const std::size_t table = reader.at(stmt.relation->location);
  read_assignments(reader, stmt, result);
  result.where = read_where(reader, stmt.where_clause, table);

  ReferenceCollector collector(reader.source().placeholders());
  collector.with(stmt.with_clause);
  collector.collect(stmt.target_list, stmt.n_target_list);
  collector.collect(stmt.from_clause, stmt.n_from_clause);
  collector.collect(stmt.where_clause);
  collector.collect(stmt.returning_list, stmt.n_returning_list);
  result.reads = collector.take().relations;
  return result;
}

Delete read_delete(const Reader& reader, const PgQuery__DeleteStmt& stmt) {
  Delete result;
  result.table = reader.relation(stmt.relation);
  result.alias = alias_of(reader, *stmt.relation);
  result.only = stmt.relation->inh == 0;
  result.has_using = stmt.n_using_clause > 0;
  result.has_with = stmt.with_clause != nullptr;
  result.has_returning = stmt.n_returning_list > 0;
  result.where = read_where(reader, stmt.where_clause, reader.at(stmt.relation->location));

  ReferenceCollector collector(reader.source().placeholders());
  collector.with(stmt.with_clause);
  collector.collect(stmt.using_clause, stmt.n_using_clause);
  collector.collect(stmt.where_clause);
  collector.collect(stmt.returning_list, stmt.n_returning_list);
  result.reads = collector.take().relations;
  return result;
}

Insert read_insert(const Reader& reader, const PgQuery__InsertStmt& stmt) {
  Insert result;
  result.table = reader.relation(stmt.relation);
  result.on_conflict = stmt.on_conflict_clause != nullptr;
  result.has_returning = stmt.n_returning_list > 0;
  for (std::size_t i = 0; i < stmt.n_cols; ++i) {
    result.columns.push_back(reader.name(stmt.cols[i]->res_target->name));
  }
  const auto* query = stmt.select_stmt != nullptr ? stmt.select_stmt->select_stmt : nullptr;
  result.from_values = query == nullptr || query->n_values_lists > 0;
  result.value_rows = query == nullptr ? 1 : query->n_values_lists;

  ReferenceCollector collector(reader.source().placeholders());
  collector.with(stmt.with_clause);
  collector.collect(stmt.select_stmt);
  if (stmt.on_conflict_clause != nullptr) {
    collector.collect(&stmt.on_conflict_clause->base);
  }
  collector.collect(stmt.returning_list, stmt.n_returning_list);
  References found = collector.take();
  result.reads = std::move(found.relations);
  result.functions = std::move(found.functions);
  return result;
}

}  // namespace lockstep::sql
