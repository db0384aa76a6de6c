#include "lockstep/sql/within.h"

#include <utility>

#include "big_stack.h"
#include "query_reader.h"
#include "references.h"
#include "statements.h"

namespace lockstep::sql {

namespace {

void take(References found, Within& within) {
  within.functions = std::move(found.functions);
  within.cast_types = std::move(found.cast_types);
}

void look_at_query(const Reader& reader, const PgQuery__Node* query, Within& within) {
  ReferenceCollector collector(reader.source().placeholders());
  collector.collect(query);
  take(collector.take(), within);
  within.query = QueryReader(reader.source().placeholders()).query(query);
}

void look_at_update(const Reader& reader, const PgQuery__UpdateStmt& stmt, Within& within) {
  const QueryReader query(reader.source().placeholders());
  within.query =
      query.change(stmt.with_clause, *stmt.relation, stmt.from_clause, stmt.n_from_clause);
  query.expressions(stmt.target_list, stmt.n_target_list, within.query);
  query.expression(stmt.where_clause, within.query);
}

void look_at_delete(const Reader& reader, const PgQuery__DeleteStmt& stmt, Within& within) {
  const QueryReader query(reader.source().placeholders());
  within.query =
      query.change(stmt.with_clause, *stmt.relation, stmt.using_clause, stmt.n_using_clause);
  query.expression(stmt.where_clause, within.query);
}

void add_type(const Reader& reader, const PgQuery__TypeName* type, Within& within) {
  // table.column%TYPE is a column's.
  if (type != nullptr && type->pct_type == 0) {
    within.types.push_back(describe_type(reader.source().placeholders(), type));
  }
}

void look_at_function(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt,
                      Within& within) {
  bool has_table = false;
  for (std::size_t i = 0; i < stmt.n_parameters; ++i) {
    const PgQuery__FunctionParameter& parameter = *stmt.parameters[i]->function_parameter;
    has_table = has_table || parameter.mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
    add_type(reader, parameter.arg_type, within);
  }
  // RETURNS TABLE (...) is made of these.
  if (!has_table) add_type(reader, stmt.return_type, within);
  take(references_of_body(reader, stmt), within);
}

void look_at(const Reader& reader, const PgQuery__Node& stmt, Within& within) {
  switch (stmt.node_case) {
    case PG_QUERY__NODE__NODE_VIEW_STMT:
      within.columns = reader.names(stmt.view_stmt->aliases, stmt.view_stmt->n_aliases);
      look_at_query(reader, stmt.view_stmt->query, within);
      break;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: {
      const PgQuery__IntoClause& into = *stmt.create_table_as_stmt->into;
      within.columns = reader.names(into.col_names, into.n_col_names);
      look_at_query(reader, stmt.create_table_as_stmt->query, within);
      break;
    }
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      look_at_update(reader, *stmt.update_stmt, within);
      break;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      look_at_delete(reader, *stmt.delete_stmt, within);
      break;
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
      look_at_function(reader, *stmt.create_function_stmt, within);
      break;
    default:
      break;
  }
}

}  // namespace

Within look_within(const std::string& statement) {
  Within within;
  within.query.unknown = true;
  on_big_stack([&] {
    core::Problems problems;
    const Source source(statement, {}, false, problems);
    const TokenRange all{0, source.tokens().size()};
    if (!source.usable() || !source.complete() || !problems.empty() ||
        find_too_deep(source.tokens(), all)) {
      return;
    }
    const auto parsed = parse_tree(source.sql());
    const auto* tree = std::get_if<Tree>(&parsed);
    if (tree == nullptr || tree->size() != 1) return;
    const Reader reader(source, 0, all, problems);
    look_at(reader, *(*tree)[0].stmt, within);
  });
  return within;
}

std::optional<std::string> string_literal(const Expr& expression) {
  if (!expression.is_constant || expression.text.find('$') != std::string::npos) {
    return std::nullopt;
  }
  std::optional<std::string> content;
  on_big_stack([&] {
    const auto parsed = parse_tree("SELECT " + expression.text);
    const auto* tree = std::get_if<Tree>(&parsed);
    if (tree == nullptr || tree->size() != 1) return;
    const PgQuery__Node& stmt = *(*tree)[0].stmt;
    if (stmt.node_case != PG_QUERY__NODE__NODE_SELECT_STMT ||
        stmt.select_stmt->n_target_list != 1) {
      return;
    }
    const PgQuery__Node& value = *stmt.select_stmt->target_list[0]->res_target->val;
    if (value.node_case == PG_QUERY__NODE__NODE_A_CONST &&
        value.a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) {
      content = value.a_const->sval->sval;
    }
  });
  return content;
}

}  // namespace lockstep::sql
