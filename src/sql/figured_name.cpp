#include "figured_name.h"

#include <cctype>
#include <cstddef>
#include <utility>

#include "reader.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

/// A name for an expression, and how much it says: 2 where it names something, 1 where it is only
/// what there is (PostgreSQL's FigureColnameInternal).
struct Figured {
  std::string name;
  int strength = 0;
  bool known = true;
};

Figured figure(const PgQuery__Node* node);

Figured last_of(PgQuery__Node* const* parts, std::size_t count) {
  for (std::size_t i = count; i > 0; --i) {
    const std::string_view name = string_of(parts[i - 1]);
    if (!name.empty()) return {std::string(name), 2};
  }
  return {};
}

Figured or_else(const PgQuery__Node* first, std::string name) {
  Figured figured = figure(first);
  return figured.strength > 1 || !figured.known ? figured : Figured{std::move(name), 1};
}

/// A sub-select in an expression goes by its one column.
Figured figure_sub_select(const PgQuery__SubLink& link) {
  switch (link.sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
      return {"exists", 2};
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
      return {"array", 2};
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
      break;
    default:
      return {};
  }
  const PgQuery__SelectStmt* select = link.subselect->node_case == PG_QUERY__NODE__NODE_SELECT_STMT
                                          ? link.subselect->select_stmt
                                          : nullptr;
  while (select != nullptr && select->larg != nullptr) select = select->larg;
  if (select == nullptr || select->n_target_list != 1) return {"", 0, false};
  const PgQuery__ResTarget& target = *select->target_list[0]->res_target;
  if (*target.name != '\0') return {target.name, 2};
  Figured figured = figure(target.val);
  // The inner query has given it a name by then, "?column?" where there was none.
  return figured.known && figured.strength == 0 ? Figured{std::string(kUnnamed), 2} : figured;
}

Figured figure(const PgQuery__Node* node) {
  if (node == nullptr) return {};
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      return last_of(node->column_ref->fields, node->column_ref->n_fields);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: {
      const auto& part = *node->a_indirection;
      const Figured field = last_of(part.indirection, part.n_indirection);
      return field.strength > 0 ? field : figure(part.arg);
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return last_of(node->func_call->funcname, node->func_call->n_funcname);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? Figured{"nullif", 2}
                                                                         : Figured{};
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      const auto& type = *node->type_cast->type_name;
      return or_else(node->type_cast->arg, last_of(type.names, type.n_names).name);
    }
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      return figure(node->collate_clause->arg);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return or_else(node->case_expr->defresult, "case");
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return {"array", 2};
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return {"row", 2};
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return {"coalesce", 2};
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return {node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least",
              2};
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
      return {"grouping", 2};
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      return {value_function_name(node->sqlvalue_function->op), 2};
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return figure_sub_select(*node->sub_link);
    case PG_QUERY__NODE__NODE_A_CONST:
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
    case PG_QUERY__NODE__NODE_PARAM_REF:
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
      return {};
    default:
      return {"", 0, false};
  }
}

}  // namespace

std::optional<std::string> figured_name(const PgQuery__Node* node) {
  Figured figured = figure(node);
  if (!figured.known) return std::nullopt;
  return figured.strength > 0 ? std::move(figured.name) : std::string(kUnnamed);
}

std::string value_function_name(PgQuery__SQLValueFunctionOp op) {
  std::string_view name = name_of(pg_query__sqlvalue_function_op__descriptor, op);
  if (name.starts_with("SVFOP_")) {
    name.remove_prefix(6);
  }
  if (name.ends_with("_N")) {
    name.remove_suffix(2);
  }
  std::string result(name);
  for (char& c : result) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

}  // namespace lockstep::sql
