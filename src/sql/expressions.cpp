#include "expressions.h"

#include <utility>

#include "tree.h"

namespace lockstep::sql {

namespace {

constexpr const char* kIsolateRemedy = "write it in parentheses";

/// The one result column of the one SELECT that `sql` is, if it is that.
const PgQuery__Node* selected(const Tree& tree) {
  const PgQuery__Node* stmt = tree.size() == 1 ? tree[0].stmt : nullptr;
  if (stmt == nullptr || stmt->node_case != PG_QUERY__NODE__NODE_SELECT_STMT ||
      stmt->select_stmt->n_target_list != 1) {
    return nullptr;
  }
  return stmt->select_stmt->target_list[0]->res_target->val;
}

bool is_expression(const std::string& text, const PgQuery__Node* node) {
  const auto parsed = parse_tree("SELECT (" + text + "\n)");
  const auto* tree = std::get_if<Tree>(&parsed);
  const PgQuery__Node* again = tree != nullptr ? selected(*tree) : nullptr;
  return again != nullptr && same_tree(&again->base, &node->base);
}

bool is_type(const std::string& text, const PgQuery__TypeName* type) {
  const auto parsed = parse_tree("CREATE FUNCTION f() RETURNS " + text + "\n LANGUAGE sql");
  const auto* tree = std::get_if<Tree>(&parsed);
  if (tree == nullptr || tree->size() != 1 ||
      (*tree)[0].stmt->node_case != PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT) {
    return false;
  }
  const auto* function = (*tree)[0].stmt->create_function_stmt;
  return function->n_options == 1 && function->return_type != nullptr &&
         same_tree(&function->return_type->base, &type->base);
}

const PgQuery__AConst* literal_in(const PgQuery__Node* node) {
  while (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
    node = node->type_cast->arg;
  }
  if (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_A_EXPR) {
    const auto& sign = *node->a_expr;
    const bool is_sign = sign.lexpr == nullptr && sign.n_name == 1 &&
                         (string_of(sign.name[0]) == "-" || string_of(sign.name[0]) == "+");
    return is_sign ? literal_in(sign.rexpr) : nullptr;
  }
  return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_A_CONST ? node->a_const
                                                                            : nullptr;
}

/// "(column)" and "(column COLLATE ...)" index the column itself (ComputeIndexAttrs in PostgreSQL's
/// indexcmds.c).
const PgQuery__ColumnRef* column_in(const PgQuery__Node* node) {
  while (node->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE) node = node->collate_clause->arg;
  const bool is_column = node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF &&
                         node->column_ref->n_fields == 1 &&
                         node->column_ref->fields[0]->node_case == PG_QUERY__NODE__NODE_STRING;
  return is_column ? node->column_ref : nullptr;
}

/// Where the expression of an index element ends, collation and what follows left out: it is a
/// call, or anything in brackets of its own.
TokenRange element_expression(const Reader& reader, TokenRange range) {
  if (reader.is(range.first, PG_QUERY__TOKEN__ASCII_40)) {
    return TokenRange{range.first + 1, reader.closing(range.first)};
  }
  const std::size_t open = reader.find({PG_QUERY__TOKEN__ASCII_40}, range.first, range.last);
  return TokenRange{range.first, open < range.last ? reader.after_group(open) : range.first + 1};
}

}  // namespace

Expr describe_expression(const Placeholders& placeholders, const PgQuery__Node* node) {
  ReferenceCollector collector(placeholders);
  collector.collect(node);
  References found = collector.take();

  Expr result;
  result.columns = std::move(found.columns);
  result.functions = std::move(found.functions);
  result.value_functions = std::move(found.value_functions);
  result.relations = std::move(found.relations);
  result.cast_types = std::move(found.cast_types);
  const PgQuery__AConst* literal = literal_in(node);
  result.is_constant = literal != nullptr;
  result.is_null = literal != nullptr && literal->isnull != 0;
  result.is_default_keyword =
      node != nullptr && node->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT;
  return result;
}

Expr read_expression(const Reader& reader, const PgQuery__Node* node, TokenRange range) {
  Expr result = describe_expression(reader.source().placeholders(), node);
  if (range.empty()) {
    reader.report(range.first, "cannot isolate an expression here", kIsolateRemedy);
    return result;
  }
  result.text = reader.slice(range);
  if (!result.is_default_keyword && !is_expression(reader.parsed_text(range), node)) {
    reader.report(range.first, "cannot isolate this expression", kIsolateRemedy);
  }
  return result;
}

TypeName describe_type(const Placeholders& placeholders, const PgQuery__TypeName* type) {
  TypeName result;
  if (type->n_names > 0) {
    result.name.name = placeholders.in_name(string_of(type->names[type->n_names - 1]));
  }
  if (type->n_names > 1) {
    result.name.schema = placeholders.in_name(string_of(type->names[type->n_names - 2]));
  }
  for (std::size_t i = 0; i < type->n_typmods; ++i) {
    const PgQuery__Node* modifier = type->typmods[i];
    if (modifier->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        modifier->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL) {
      result.modifiers.push_back(modifier->a_const->ival->ival);
    }
  }
  result.array_dimensions = static_cast<int>(type->n_array_bounds);
  result.is_set_of = type->setof != 0;
  return result;
}

TypeName read_type(const Reader& reader, const PgQuery__TypeName* type, TokenRange range) {
  if (type->setof != 0 && range.first > reader.first() &&
      reader.is(range.first - 1, PG_QUERY__TOKEN__SETOF)) {
    --range.first;  // the grammar's position is that of the word behind it
  }
  TypeName result = describe_type(reader.source().placeholders(), type);
  result.text = reader.slice(range);
  if (range.empty() || !is_type(reader.parsed_text(range), type)) {
    reader.report(range.first, "cannot isolate this type",
                  "write it in its plain form, without what may follow a type");
  }
  return result;
}

IndexElement read_index_element(const Reader& reader, const PgQuery__IndexElem* element,
                                TokenRange range) {
  IndexElement result;
  result.text = reader.slice(range);
  result.has_collation = element->n_collation > 0;
  result.has_operator_class = element->n_opclass > 0;
  if (element->expr == nullptr) {
    result.column = reader.name(element->name);
  } else if (const PgQuery__ColumnRef* column = column_in(element->expr)) {
    result.column = reader.source().placeholders().in_name(string_of(column->fields[0]));
    result.has_collation |= element->expr->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE;
  } else {
    result.expression = read_expression(reader, element->expr, element_expression(reader, range));
  }
  return result;
}

std::vector<IndexElement> read_index_elements(const Reader& reader, PgQuery__Node* const* nodes,
                                              std::size_t count, std::size_t open) {
  std::vector<IndexElement> result;
  const auto ranges = reader.elements(open + 1, reader.closing(open));
  if (ranges.size() != count) {
    reader.report(open, "cannot tell the elements of this list apart", kIsolateRemedy);
    return result;
  }
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(read_index_element(reader, nodes[i]->index_elem, ranges[i]));
  }
  return result;
}

bool TypeName::is_serial() const noexcept {
  return name.schema.empty() && array_dimensions == 0 &&
         (name.name == "serial" || name.name == "serial4" || name.name == "bigserial" ||
          name.name == "serial8" || name.name == "smallserial" || name.name == "serial2");
}

}  // namespace lockstep::sql
