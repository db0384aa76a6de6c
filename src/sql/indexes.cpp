#include "statements.h"

namespace lockstep::sql {

namespace {

/// The bracket that opens the list of elements: behind ON table [USING method].
std::size_t find_list(const Reader& reader, const PgQuery__RangeVar& table) {
  return reader.find({PG_QUERY__TOKEN__ASCII_40}, reader.after_name(reader.at(table.location)),
                     reader.last());
}

}  // namespace

CreateIndex read_create_index(const Reader& reader, const PgQuery__IndexStmt& stmt) {
  CreateIndex result;
  result.name = reader.optional_name(stmt.idxname);
  result.table = reader.relation(stmt.relation);
  result.unique = stmt.unique != 0;
  result.concurrently = stmt.concurrent != 0;
  result.if_not_exists = stmt.if_not_exists != 0;
  result.only = stmt.relation->inh == 0;
  result.nulls_not_distinct = stmt.nulls_not_distinct != 0;
  result.method = reader.name(stmt.access_method);
  result.tablespace = reader.optional_name(stmt.table_space);

  const std::size_t open = find_list(reader, *stmt.relation);
  result.elements = read_index_elements(reader, stmt.index_params, stmt.n_index_params, open);
  result.tail = reader.slice(TokenRange{open, reader.last()});
  for (std::size_t i = 0; i < stmt.n_index_including_params; ++i) {
    result.include.push_back(reader.name(stmt.index_including_params[i]->index_elem->name));
  }

  const std::size_t behind = reader.after_group(open);
  if (stmt.n_options > 0) {
    const std::size_t with = reader.find({PG_QUERY__TOKEN__WITH}, behind, reader.last());
    result.with = reader.slice(TokenRange{with + 2, reader.closing(with + 1)});
  }
  if (stmt.where_clause != nullptr) {
    const std::size_t where = reader.find({PG_QUERY__TOKEN__WHERE}, behind, reader.last());
    result.predicate =
        read_expression(reader, stmt.where_clause, TokenRange{where + 1, reader.last()});
  }
  return result;
}

}  // namespace lockstep::sql
