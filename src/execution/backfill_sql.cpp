#include "backfill_sql.h"

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

std::string BackfillSql::descending() const {
  std::string list;
  for (const std::string& column : key_) {
    list += (list.empty() ? "" : ", ") + column + " desc";
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

std::string BackfillSql::range(const database::Checkpoint& checkpoint, const Position& end) const {
  if (!by_key()) {
    return fmt::format("{0}.ctid >= '({1},0)'::tid and {0}.ctid < '({2},0)'::tid", reference(),
                       first_block(checkpoint), end.front());
  }
  std::string condition = fmt::format("({}) <= {}", key_list(), literal_row(end));
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

std::string BackfillSql::bound() const {
  const std::string table = session_.quote_literal(table_);
  if (by_key()) {
    return fmt::format("select {}, 0 from (select {} from {} order by {} limit 1) as top",
                       key_texts(), key_list(), from(), descending());
  }
  return fmt::format(
      "select * from (select greatest(pg_relation_size(to_regclass({0})), coalesce((select"
      " max(pg_relation_size(relid)) from pg_partition_tree(to_regclass({0}))), 0))"
      " / current_setting('block_size')::integer as blocks,"
      " coalesce((select hashtextextended(string_agg(pg_relation_filenode(relid)::text, ',' order "
      "by"
      " relid), 0) from pg_partition_tree(to_regclass({0}))),"
      " pg_relation_filenode(to_regclass({0}))::bigint, 0)) b where blocks > 0",
      table);
}

std::string BackfillSql::last_key(const database::Checkpoint& checkpoint,
                                  std::int64_t limit) const {
  return fmt::format(
      "with span as materialized (select {0} from {1} where {2} order by {0} limit {3})"
      " select {4}, (select count(*) from span)"
      " from (select {0} from span order by {5} limit 1) as last",
      key_list(), from(), range(checkpoint, checkpoint.bound), limit, key_texts(), descending());
}

std::string BackfillSql::lock(const database::Checkpoint& checkpoint, const Position& end) const {
  return fmt::format(
      "select count(*) from (select 1 from {} where {}{} order by {} for {}) as locked", from(),
      range(checkpoint, end), conditions(), by_key() ? key_list() : reference() + ".ctid",
      body_.is_delete ? "update" : "no key update");
}

std::string BackfillSql::change(const database::Checkpoint& checkpoint, const Position& end,
                                const std::string& checkpoint_call) const {
  std::string statement;
  if (body_.is_delete) {
    statement = "delete from " + from();
  } else {
    for (const plan::BackfillBody::Assignment& assignment : body_.assignments) {
      statement += fmt::format("{}{} = {}", statement.empty() ? "" : ", ",
                               session_.quote_identifier(assignment.column),
                               bracketed(render_(assignment.value)));
    }
    statement = fmt::format("update {} set {}", from(), statement);
  }
  return fmt::format(
      "with lockstep_changed as ({} where {}{} returning 1)\n"
      "select (select count(*) from lockstep_changed), ({})",
      statement, range(checkpoint, end), conditions(), checkpoint_call);
}

std::string BackfillSql::cursor_expression(const Position& end) const {
  std::string values;
  for (const std::string& value : end) {
    values += (values.empty() ? "" : ", ") + session_.quote_literal(value) + "::text";
  }
  return "jsonb_build_array(" + values + ")";
}

std::string BackfillSql::rows_expression(const database::Checkpoint& checkpoint) const {
  return fmt::format("{} + (select count(*) from lockstep_changed)", checkpoint.rows);
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
      key_texts(), key_list(), from(), range(checkpoint, checkpoint.bound));
}

}  // namespace lockstep::execution
