#include "backfill_sql.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep::execution {
namespace {

std::string bracketed(const std::string& condition) {
  return "(\n" + condition + "\n)";
}

}  // namespace

std::int64_t first_block(const database::Checkpoint& checkpoint) {
  return checkpoint.cursor.empty() ? 0 : std::stoll(checkpoint.cursor.front());
}

BackfillSql::BackfillSql(const database::Session& session, const Renderer& render,
                         const plan::BackfillBody& body)
    : session_(session), render_(render), body_(body), table_(render.name(body.table)) {
  for (const std::string& column : body.key) {
    key_.push_back(session.quote_identifier(column));
  }
}

std::string BackfillSql::from() const {
  return body_.alias.empty() ? table_ : table_ + " as " + session_.quote_identifier(body_.alias);
}

std::string BackfillSql::reference() const {
  return session_.quote_identifier(body_.alias.empty() ? body_.table.name : body_.alias);
}

std::string BackfillSql::key_list() const {
  std::string list;
  for (const std::string& column : key_) {
    list += (list.empty() ? "" : ", ") + column;
  }
  return list;
}

std::string BackfillSql::key_texts() const {
  std::string list;
  for (const std::string& column : key_) {
    list += (list.empty() ? "" : ", ") + column + "::text";
  }
  return list;
}

std::string BackfillSql::literal_row(const std::vector<std::string>& values) const {
  std::string row;
  for (std::size_t i = 0; i < values.size(); ++i) {
    row += fmt::format("{}{}::{}", i == 0 ? "" : ", ", session_.quote_literal(values[i]),
                       render_(body_.key_types.at(i)));
  }
  return "(" + row + ")";
}

std::string BackfillSql::range(const database::Checkpoint& checkpoint) const {
  std::string condition = fmt::format("({}) <= {}", key_list(), literal_row(checkpoint.bound));
  if (!checkpoint.cursor.empty()) {
    condition += fmt::format(" and ({}) > {}", key_list(), literal_row(checkpoint.cursor));
  }
  return condition;
}

std::string BackfillSql::conditions() const {
  std::string all;
  for (const std::string& condition : {body_.predicate, body_.remaining}) {
    if (!condition.empty()) {
      all += " and " + bracketed(render_(condition));
    }
  }
  return all;
}

std::string BackfillSql::change() const {
  const std::string where =
      fmt::format("{0}.ctid = todo.lockstep_tid and {0}.tableoid = todo.lockstep_rel", reference());
  if (body_.is_delete) {
    return fmt::format("delete from {} using todo where {} returning 1", from(), where);
  }
  std::string assignments;
  for (const plan::BackfillBody::Assignment& assignment : body_.assignments) {
    assignments += fmt::format("{}{} = {}", assignments.empty() ? "" : ", ",
                               session_.quote_identifier(assignment.column),
                               bracketed(render_(assignment.value)));
  }
  return fmt::format("update {} set {} from todo where {} returning 1", from(), assignments, where);
}

std::string BackfillSql::bound() const {
  const std::string table = session_.quote_literal(table_);
  if (by_key()) {
    std::string descending;
    for (const std::string& column : key_) {
      descending += (descending.empty() ? "" : ", ") + column + " desc";
    }
    return fmt::format("select {}, 0 from (select {} from {} order by {} limit 1) as top",
                       key_texts(), key_list(), from(), descending);
  }
  return fmt::format(
      "select * from (select greatest(pg_relation_size(to_regclass({0})), coalesce((select"
      " max(pg_relation_size(relid)) from pg_partition_tree(to_regclass({0}))), 0))"
      " / current_setting('block_size')::integer as blocks,"
      " coalesce(pg_relation_filenode(to_regclass({0})), 0)) b where blocks > 0",
      table);
}

std::string BackfillSql::cursor_expression(const database::Checkpoint& checkpoint,
                                           std::int64_t limit) const {
  if (by_key()) {
    return fmt::format("(select jsonb_build_array({}) from last)", key_texts());
  }
  return fmt::format("jsonb_build_array('{}')", last_block(checkpoint, limit));
}

std::string BackfillSql::rows_expression(const database::Checkpoint& checkpoint) const {
  return fmt::format("{} + (select count(*) from changed)", checkpoint.rows);
}

std::int64_t BackfillSql::last_block(const database::Checkpoint& checkpoint,
                                     std::int64_t limit) const {
  return std::min<std::int64_t>(first_block(checkpoint) + limit,
                                std::stoll(checkpoint.bound.front()));
}

std::string BackfillSql::batch(const database::Checkpoint& checkpoint, std::int64_t limit,
                               const std::string& checkpoint_call) const {
  return by_key() ? keyed_batch(checkpoint, limit, checkpoint_call)
                  : block_batch(checkpoint, limit, checkpoint_call);
}

// The keys of the batch are read first and without locks, so that its length does not depend on how
// many rows match; those that match are locked in key order, so that two writers meet in the same
// order.
std::string BackfillSql::keyed_batch(const database::Checkpoint& checkpoint, std::int64_t limit,
                                     const std::string& checkpoint_call) const {
  std::string descending;
  std::string last_row;
  for (const std::string& column : key_) {
    descending += (descending.empty() ? "" : ", ") + column + " desc";
    last_row += fmt::format("{}(select {} from last)", last_row.empty() ? "" : ", ", column);
  }
  return fmt::format(
      "with span as materialized (select {0} from {1} where {2} order by {0} limit {3}),\n"
      "last as materialized (select {0} from span order by {4} limit 1),\n"
      "todo as materialized (select {5}.ctid as lockstep_tid, {5}.tableoid as lockstep_rel from {1}"
      " where {2} and ({0}) <= ({6}){7} order by {0} for {8}),\n"
      "changed as ({9})\n"
      "select (select count(*) from changed), (select count(*) from span),"
      " ({11}), {10} from last",
      key_list(), from(), range(checkpoint), limit, descending, reference(), last_row, conditions(),
      body_.is_delete ? "update" : "no key update", change(), key_texts(), checkpoint_call);
}

std::string BackfillSql::block_batch(const database::Checkpoint& checkpoint, std::int64_t limit,
                                     const std::string& checkpoint_call) const {
  const std::int64_t begin = first_block(checkpoint);
  const std::int64_t end = last_block(checkpoint, limit);
  return fmt::format(
      "with todo as materialized (select {0}.ctid as lockstep_tid, {0}.tableoid as lockstep_rel "
      "from {1}"
      " where {0}.ctid >= '({2},0)'::tid and {0}.ctid < '({3},0)'::tid{4} order by {0}.ctid for "
      "{5}),\n"
      "changed as ({6})\n"
      "select (select count(*) from changed), {7}, ({8}), '{3}' where {2} < {3}",
      reference(), from(), begin, end, conditions(), body_.is_delete ? "update" : "no key update",
      change(), end - begin, checkpoint_call);
}

std::string BackfillSql::remaining() const {
  const bool answerable = !body_.remaining.empty() || (body_.is_delete && !body_.predicate.empty());
  if (!answerable) {
    return {};
  }
  return fmt::format("select count(*) from (select 1 from {} where true{} limit {}) as still",
                     from(), conditions(), kCountedTo);
}

std::string BackfillSql::next_key(const database::Checkpoint& checkpoint) const {
  if (!by_key()) {
    return fmt::format("select 'block {}'", first_block(checkpoint));
  }
  return fmt::format(
      "select concat_ws(', ', {0}) from (select {1} from {2} where {3} order by {1} limit 1)"
      " as next",
      key_texts(), key_list(), from(), range(checkpoint));
}

}  // namespace lockstep::execution
