#include "references.h"

#include <algorithm>
#include <utility>

#include "figured_name.h"
#include "reader.h"

namespace lockstep::sql {

namespace {

template <class T>
void add_once(std::vector<T>& list, T value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) {
    list.push_back(std::move(value));
  }
}

/// The WITH clause of a query, where it is one and has one.
const PgQuery__WithClause* with_clause_of(const ProtobufCMessage& message) {
  const PgQuery__WithClause* clause = nullptr;
  const auto& kind = *message.descriptor;
  if (&kind == &pg_query__select_stmt__descriptor || &kind == &pg_query__insert_stmt__descriptor ||
      &kind == &pg_query__update_stmt__descriptor || &kind == &pg_query__delete_stmt__descriptor ||
      &kind == &pg_query__merge_stmt__descriptor) {
    for_each_child(message, [&](const ProtobufCMessage& child, const auto&) {
      if (const auto* found = as<PgQuery__WithClause>(child, pg_query__with_clause__descriptor)) {
        clause = found;
      }
    });
  }
  return clause;
}

}  // namespace

void ReferenceCollector::with(const PgQuery__WithClause* clause) {
  if (clause == nullptr) {
    return;
  }
  const auto expression = [&](std::size_t i) -> const PgQuery__CommonTableExpr& {
    return *clause->ctes[i]->common_table_expr;
  };
  // Only with RECURSIVE does a query see itself and those after it.
  for (std::size_t i = 0; clause->recursive != 0 && i < clause->n_ctes; ++i) {
    common_tables_.insert(expression(i).ctename);
  }
  for (std::size_t i = 0; i < clause->n_ctes; ++i) {
    collect_children(expression(i).base);
    if (clause->recursive == 0) {
      common_tables_.insert(expression(i).ctename);
    }
  }
}

void ReferenceCollector::collect(PgQuery__Node* const* nodes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    collect(nodes[i]);
  }
}

void ReferenceCollector::collect(const ProtobufCMessage* message) {
  if (message == nullptr) {
    return;
  }
  const auto& kind = *message->descriptor;
  if (const auto* range = as<PgQuery__RangeVar>(*message, pg_query__range_var__descriptor)) {
    relation(*range);
  } else if (const auto* reference =
                 as<PgQuery__ColumnRef>(*message, pg_query__column_ref__descriptor)) {
    column(*reference);
  } else if (const auto* call = as<PgQuery__FuncCall>(*message, pg_query__func_call__descriptor)) {
    add_once(found_.functions, qualified(call->funcname, call->n_funcname));
  } else if (const auto* cast = as<PgQuery__TypeCast>(*message, pg_query__type_cast__descriptor)) {
    add_once(found_.cast_types, qualified(cast->type_name->names, cast->type_name->n_names));
  } else if (const auto* value =
                 as<PgQuery__SQLValueFunction>(*message, pg_query__sqlvalue_function__descriptor)) {
    add_once(found_.value_functions, value_function_name(value->op));
  } else if (&kind == &pg_query__locking_clause__descriptor) {
    return;  // FOR UPDATE OF names what FROM has named already, by alias
  }

  const auto* clause = with_clause_of(*message);
  if (clause == nullptr) {
    collect_children(*message);
    return;
  }
  const auto outside = common_tables_;
  with(clause);
  collect_children(*message);
  common_tables_ = outside;
}

void ReferenceCollector::collect_children(const ProtobufCMessage& message) {
  for_each_child(message, [&](const ProtobufCMessage& child, const auto&) {
    const auto& kind = *child.descriptor;
    // SELECT INTO's target is not read; WITH was collected first.
    if (&kind != &pg_query__into_clause__descriptor &&
        &kind != &pg_query__with_clause__descriptor) {
      collect(&child);
    }
  });
}

void ReferenceCollector::relation(const PgQuery__RangeVar& relation) {
  const bool common_table =
      *relation.schemaname == '\0' && common_tables_.count(relation.relname) > 0;
  if (!common_table) {
    add_once(found_.relations, core::QualifiedName{placeholders_.in_name(relation.schemaname),
                                                   placeholders_.in_name(relation.relname)});
  }
}

void ReferenceCollector::column(const PgQuery__ColumnRef& reference) {
  const auto* last = reference.fields[reference.n_fields - 1];
  if (last->node_case == PG_QUERY__NODE__NODE_STRING) {
    add_once(found_.columns, placeholders_.in_name(string_of(last)));
  }
}

core::QualifiedName ReferenceCollector::qualified(PgQuery__Node* const* parts,
                                                  std::size_t count) const {
  core::QualifiedName result;
  if (count > 0) {
    result.name = placeholders_.in_name(string_of(parts[count - 1]));
  }
  if (count > 1) {
    result.schema = placeholders_.in_name(string_of(parts[count - 2]));
  }
  return result;
}

}  // namespace lockstep::sql
