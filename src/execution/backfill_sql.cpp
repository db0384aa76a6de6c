#include "backfill_sql.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace lockstep::execution {
namespace {

std::string bracketed(const std::string& condition) {
  return "(\n" + condition + "\n)";
}

// Of these the server hashes what is stored. What it cannot hash, or what would first have to be
// printed, as a setting says, falls to other strides when it is resumed elsewhere.
constexpr std::array<std::string_view, 3> kIntegers{"smallint", "integer", "bigint"};
constexpr std::array<std::string_view, 17> kHashed{"smallint",
                                                   "integer",
                                                   "bigint",
                                                   "uuid",
                                                   "text",
                                                   "character varying",
                                                   "character",
                                                   "name",
                                                   "numeric",
                                                   "boolean",
                                                   "oid",
                                                   "bytea",
                                                   "date",
                                                   "inet",
                                                   "timestamp",
                                                   "timestamp without time zone",
                                                   "timestamp with time zone"};

/// format_type() without its modifier: numeric(10,2) is numeric.
std::string_view base_of(std::string_view type) {
  return type.back() == ']' ? type : type.substr(0, type.find('('));
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_hashed(const std::string& type) {
  return !type.empty() && contains(kHashed, base_of(type));
}

}  // namespace

std::int64_t block_at(const Position& position) {
  return position.empty() ? 0 : std::stoll(position.front());
}

BackfillSql::BackfillSql(const database::Session& session, const Renderer& render,
                         const plan::BackfillBody& body)
    : session_(session), render_(render), body_(body), table_(render.name(body.table)) {
  for (const std::string& column : body.key) {
    key_.push_back(session.quote_identifier(column));
  }
  hash_ = hash_of_key();
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

std::string BackfillSql::hash_of_key() const {
  if (body_.key.empty() ||
      !std::all_of(body_.key_types.begin(), body_.key_types.end(), is_hashed)) {
    return {};
  }
  // Whole numbers are spread evenly as they are, by a number of strides that is a prime.
  return key_.size() == 1 && contains(kIntegers, body_.key_types.front())
             ? key_.front()
             : fmt::format("hash_record(row({}))", key_list());
}

std::string BackfillSql::where(const Range& range) const {
  std::string condition;
  if (by_key()) {
    condition = fmt::format("({}) <= {}", key_list(), literal_row(range.end));
    if (!range.after.empty()) {
      condition += fmt::format(" and ({}) > {}", key_list(), literal_row(range.after));
    }
  } else {
    condition = fmt::format("{0}.ctid >= '({1},0)'::tid and {0}.ctid < '({2},0)'::tid", reference(),
                            block_at(range.after), range.end.front());
  }
  return condition;
}

std::string BackfillSql::stride(const Range& range) const {
  return fmt::format("({} & 2147483647) % {} = {}",
                     by_key() ? hash_ : "hashtid(" + reference() + ".ctid)", range.strides,
                     range.stride);
}

/// Each row of a chunk is looked at once a stride: whether it belongs to it is asked first, which
/// the planner would not do where it takes that for dearer.
std::string BackfillSql::rows(const Range& range) const {
  if (range.strides == 1) {
    return where(range) + conditions();
  }
  return fmt::format("{} and case when {} then true{} else false end", where(range), stride(range),
                     conditions());
}

std::string BackfillSql::keys(const Range& range) const {
  return range.strides == 1 ? where(range) : where(range) + " and " + stride(range);
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

std::string BackfillSql::facts() const {
  std::string columns;
  for (const plan::BackfillBody::Assignment& assignment : body_.assignments) {
    columns += (columns.empty() ? "" : ", ") + session_.quote_literal(assignment.column);
  }
  // Since 16 an index that only summarises blocks does not stand in the way. Columns of expressions
  // and predicates are what the index depends on.
  return fmt::format(
      "select exists (select from pg_index i"
      " join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam"
      " join pg_attribute a on a.attrelid = i.indrelid and a.attname = any(array[{0}]::name[])"
      " where i.indrelid in (select to_regclass({1}) union all"
      " select relid from pg_partition_tree(to_regclass({1})))"
      " and not (m.amname = 'brin' and current_setting('server_version_num')::integer >= 160000)"
      " and (a.attnum = any(i.indkey) or exists (select from pg_depend d"
      " where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid"
      " and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid"
      " and d.refobjsubid = a.attnum))),"
      " ceil(1000 * extract(epoch from current_setting('deadlock_timeout')::interval))::bigint",
      columns, session_.quote_literal(table_));
}

std::string BackfillSql::horizon() {
  // VACUUM has a snapshot that keeps nobody from pruning; only while it is in pg_stat_progress.
  return "select pg_snapshot_xmax(now.s)::text::bigint - greatest("
         "coalesce((select max(greatest(age(backend_xmin), age(backend_xid)))"
         " from pg_stat_activity where pid <> pg_backend_pid()"
         " and (datname = current_database() or datname is null)"
         " and pid not in (select pid from pg_stat_progress_vacuum)), 0),"
         "coalesce((select max(age(xmin)) from pg_replication_slots), 0),"
         "coalesce((select max(age(transaction)) from pg_prepared_xacts"
         " where database = current_database()), 0)),"
         " pg_snapshot_xmax(now.s)::text::bigint from (select pg_current_snapshot() as s) as now";
}

std::string BackfillSql::key_at(const Range& range, std::int64_t count) const {
  return fmt::format(
      "select {0} from (select {1} from {2} where {3} order by {1} offset {4} limit 1) as key",
      key_texts(), key_list(), from(), keys(range), count - 1);
}

std::string BackfillSql::hot_updates() const {
  return fmt::format(
      "select coalesce(sum(pg_stat_get_xact_tuples_hot_updated(relid)), 0)::bigint"
      " from (select to_regclass({0})::oid union select relid::oid from"
      " pg_partition_tree(to_regclass({0}))) as tables (relid)",
      session_.quote_literal(table_));
}

std::string BackfillSql::count_from_here() const {
  return fmt::format("select set_config('lockstep.hot', ({})::text, true)", hot_updates());
}

std::string BackfillSql::change(const Range& range, const std::string& checkpoint_call) const {
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
      "with lockstep_changed as ({} where {} returning 1)\n"
      "select (select count(*) from lockstep_changed),"
      " ({}) - current_setting('lockstep.hot')::bigint, ({})",
      statement, rows(range), hot_updates(), checkpoint_call);
}

std::string BackfillSql::rows_expression(std::int64_t before) {
  return fmt::format("{} + (select count(*) from lockstep_changed)", before);
}

std::string BackfillSql::remaining() const {
  const bool answerable = !body_.remaining.empty() || (body_.is_delete && !body_.predicate.empty());
  if (!answerable) {
    return {};
  }
  return fmt::format("select count(*) from (select 1 from {} where true{} limit {}) as still",
                     from(), conditions(), kCountedTo);
}

std::string BackfillSql::first_key(const Range& range) const {
  if (!by_key()) {
    return fmt::format("select 'block {}'", block_at(range.after));
  }
  return fmt::format(
      "select concat_ws(', ', {0}) from (select {1} from {2} where {3} order by {1} limit 1)"
      " as first",
      key_texts(), key_list(), from(), keys(range));
}

}  // namespace lockstep::execution
