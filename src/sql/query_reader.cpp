#include "query_reader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "expressions.h"
#include "figured_name.h"
#include "reader.h"

namespace lockstep::sql {

namespace {

TypeName system_type(std::string name) {
  TypeName type;
  type.name = {"pg_catalog", std::move(name)};
  return type;
}

bool is_comparison(const PgQuery__AExpr& expression) {
  constexpr std::array<std::string_view, 6> kOperators{"=", "<>", "<", ">", "<=", ">="};
  if (expression.kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || expression.n_name != 1) return false;
  const std::string_view name = string_of(expression.name[0]);
  return std::find(kOperators.begin(), kOperators.end(), name) != kOperators.end();
}

/// The type of an expression, where that is certain without knowing what it names.
std::optional<TypeName> type_of(const Placeholders& placeholders, const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_TYPE_CAST:
      return describe_type(placeholders, node.type_cast->type_name);
    case PG_QUERY__NODE__NODE_A_CONST:
      if (node.a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL) return system_type("int4");
      if (node.a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) return system_type("text");
      return std::nullopt;
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
      return system_type("bool");
    case PG_QUERY__NODE__NODE_A_EXPR:
      if (is_comparison(*node.a_expr)) return system_type("bool");
      return std::nullopt;
    case PG_QUERY__NODE__NODE_SUB_LINK:
      if (node.sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
        return system_type("bool");
      }
      return std::nullopt;
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
      const auto& call = *node.func_call;
      const bool counts = call.n_funcname == 1 && string_of(call.funcname[0]) == "count";
      if (counts && call.agg_star != 0) return system_type("int8");
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

Query QueryReader::query(const PgQuery__Node* statement) const {
  if (statement != nullptr && statement->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
    return select(*statement->select_stmt);
  }
  Query query;
  query.unknown = true;
  return query;
}

Query QueryReader::change(const PgQuery__WithClause* clause, const PgQuery__RangeVar& table,
                          PgQuery__Node* const* items, std::size_t from_count) const {
  Query query;
  with(clause, query);
  query.from.push_back(relation(table));
  for (std::size_t i = 0; i < from_count; ++i) {
    FromItem item = from(*items[i], query);
    query.from.push_back(std::move(item));
  }
  return query;
}

Query QueryReader::select(const PgQuery__SelectStmt& stmt) const {
  Query query;
  with(stmt.with_clause, query);
  if (stmt.larg != nullptr) {
    // A chain of UNION leans to the left, and may be long.
    std::vector<const PgQuery__SelectStmt*> arms;
    const PgQuery__SelectStmt* left = &stmt;
    while (left->larg != nullptr && (left == &stmt || left->with_clause == nullptr)) {
      arms.push_back(left->rarg);
      left = left->larg;
    }
    arms.push_back(left);
    std::reverse(arms.begin(), arms.end());
    for (const PgQuery__SelectStmt* arm : arms) query.arms.push_back(select(*arm));
    return query;
  }
  if (stmt.n_values_lists > 0) {
    values(stmt, query);
    return query;
  }
  for (std::size_t i = 0; i < stmt.n_from_clause; ++i) {
    FromItem item = from(*stmt.from_clause[i], query);
    query.from.push_back(std::move(item));
  }
  for (std::size_t i = 0; i < stmt.n_target_list; ++i) {
    query.columns.push_back(result(*stmt.target_list[i]->res_target));
  }
  expressions(stmt.target_list, stmt.n_target_list, query);
  expressions(stmt.distinct_clause, stmt.n_distinct_clause, query);
  expression(stmt.where_clause, query);
  expressions(stmt.group_clause, stmt.n_group_clause, query);
  expression(stmt.having_clause, query);
  expressions(stmt.window_clause, stmt.n_window_clause, query);
  expressions(stmt.sort_clause, stmt.n_sort_clause, query);
  expression(stmt.limit_offset, query);
  expression(stmt.limit_count, query);
  return query;
}

void QueryReader::values(const PgQuery__SelectStmt& stmt, Query& query) const {
  const PgQuery__Node& row = *stmt.values_lists[0];
  for (std::size_t i = 0; row.node_case == PG_QUERY__NODE__NODE_LIST && i < row.list->n_items;
       ++i) {
    query.columns.push_back({"column" + std::to_string(i + 1), std::nullopt, std::nullopt});
  }
  expressions(stmt.values_lists, stmt.n_values_lists, query);
}

void QueryReader::with(const PgQuery__WithClause* clause, Query& query) const {
  for (std::size_t i = 0; clause != nullptr && i < clause->n_ctes; ++i) {
    const PgQuery__CommonTableExpr& table = *clause->ctes[i]->common_table_expr;
    CommonTable common;
    common.name = placeholders_.in_name(table.ctename);
    for (std::size_t k = 0; k < table.n_aliascolnames; ++k) {
      common.column_aliases.push_back(name(table.aliascolnames[k]));
    }
    common.query.push_back(this->query(table.ctequery));
    // SEARCH and CYCLE add columns.
    if (table.search_clause != nullptr || table.cycle_clause != nullptr) {
      common.query.front().unknown = true;
    }
    common.recursive = clause->recursive != 0;
    query.with.push_back(std::move(common));
  }
}

FromItem QueryReader::from(const PgQuery__Node& node, Query& query) const {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return relation(*node.range_var);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: {
      FromItem item;
      item.kind = FromItem::Kind::kQuery;
      item.query.push_back(this->query(node.range_subselect->subquery));
      alias(node.range_subselect->alias, item);
      return item;
    }
    case PG_QUERY__NODE__NODE_JOIN_EXPR:
      return join(*node.join_expr, query);
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE: {
      const PgQuery__RangeTableSample& sample = *node.range_table_sample;
      expressions(sample.args, sample.n_args, query);
      expression(sample.repeatable, query);
      return from(*sample.relation, query);
    }
    default:
      return other(*content(&node), query);
  }
}

FromItem QueryReader::join(const PgQuery__JoinExpr& join, Query& query) const {
  FromItem item;
  item.kind = FromItem::Kind::kJoin;
  FromItem left = from(*join.larg, query);
  item.sides.push_back(std::move(left));
  FromItem right = from(*join.rarg, query);
  item.sides.push_back(std::move(right));
  for (std::size_t i = 0; i < join.n_using_clause; ++i) {
    item.join_using.push_back(name(join.using_clause[i]));
  }
  item.natural = join.is_natural != 0;
  expression(join.quals, query);
  alias(join.join_using_alias, item);
  alias(join.alias, item);
  return item;
}

FromItem QueryReader::relation(const PgQuery__RangeVar& relation) const {
  FromItem item;
  item.kind = FromItem::Kind::kRelation;
  item.relation = {placeholders_.in_name(relation.schemaname),
                   placeholders_.in_name(relation.relname)};
  item.alias = item.relation.name;
  alias(relation.alias, item);
  return item;
}

FromItem QueryReader::other(const ProtobufCMessage& message, Query& query) const {
  FromItem item;
  for_each_child(message, [&](const ProtobufCMessage& child, const auto&) {
    if (const auto* named = as<PgQuery__Alias>(child, pg_query__alias__descriptor)) {
      alias(named, item);
    } else {
      expression(&child, query);
    }
  });
  return item;
}

void QueryReader::alias(const PgQuery__Alias* alias, FromItem& item) const {
  if (alias == nullptr) return;
  item.alias = placeholders_.in_name(alias->aliasname);
  for (std::size_t i = 0; i < alias->n_colnames; ++i) {
    item.column_aliases.push_back(name(alias->colnames[i]));
  }
}

ResultColumn QueryReader::result(const PgQuery__ResTarget& target) const {
  ResultColumn column;
  if (*target.name != '\0') {
    column.name = placeholders_.in_name(target.name);
  } else if (const auto figured = figured_name(target.val)) {
    column.name = placeholders_.in_name(*figured);
  }
  if (target.val->node_case == PG_QUERY__NODE__NODE_COLUMN_REF) {
    column.column = use(*target.val->column_ref);
  } else if (target.val->node_case == PG_QUERY__NODE__NODE_A_INDIRECTION) {
    const auto& part = *target.val->a_indirection;
    // "(row).*" is as many columns as the row has.
    const bool is_star =
        part.n_indirection > 0 &&
        part.indirection[part.n_indirection - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
    if (is_star) column.name.clear();
  } else {
    column.type = type_of(placeholders_, *target.val);
  }
  return column;
}

ColumnUse QueryReader::use(const PgQuery__ColumnRef& reference) const {
  ColumnUse use;
  const std::size_t count = reference.n_fields;
  use.column = name(reference.fields[count - 1]);
  if (count > 1) use.table = name(reference.fields[count - 2]);
  return use;
}

std::string QueryReader::name(const PgQuery__Node* node) const {
  return placeholders_.in_name(string_of(node));
}

void QueryReader::expressions(PgQuery__Node* const* nodes, std::size_t count, Query& query) const {
  for (std::size_t i = 0; i < count; ++i) expression(nodes[i], query);
}

void QueryReader::expression(const ProtobufCMessage* message, Query& query) const {
  if (message == nullptr) return;
  const auto& kind = *message->descriptor;
  if (const auto* reference = as<PgQuery__ColumnRef>(*message, pg_query__column_ref__descriptor)) {
    query.uses.push_back(use(*reference));
  } else if (const auto* nested =
                 as<PgQuery__SelectStmt>(*message, pg_query__select_stmt__descriptor)) {
    query.nested.push_back(select(*nested));
  } else if (&kind != &pg_query__locking_clause__descriptor &&
             &kind != &pg_query__type_name__descriptor) {
    for_each_child(*message,
                   [&](const ProtobufCMessage& child, const auto&) { expression(&child, query); });
  }
}

}  // namespace lockstep::sql
