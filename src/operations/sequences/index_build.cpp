#include "sequences/index_build.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "support/former.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::QualifiedName;
using plan::Step;
using How = plan::Touch::How;

namespace {

QualifiedName index_name(const IndexBuild& index) {
  return {index.table.name.schema, index.name};
}

std::vector<plan::Touch> touches_of(const IndexBuild& index) {
  std::vector<plan::Touch> touches{touch_relation(How::kNeeds, index.table.name)};
  for (const std::string& column : index.uses) {
    touches.push_back(touch_column(How::kNeeds, index.table.name, column));
  }
  touches.push_back(touch_index(How::kCreates, index_name(index)));
  return touches;
}

std::string title_of(const IndexBuild& index, std::string_view how) {
  return fmt::format("build {}index {}{}", index.unique ? "unique " : "", index.name, how);
}

std::string index_query(const QualifiedName& index, std::string_view start, std::string_view end) {
  return fmt::format(
      "{} (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE n.nspname = {} AND c.relname = {}{})",
      start, schema_literal(index.schema), sql::quote_literal(index.name), end);
}

}  // namespace

std::string create_index_sql(const IndexBuild& index, bool concurrently) {
  return fmt::format("CREATE {}INDEX {}{} ON {} USING {} {}", index.unique ? "UNIQUE " : "",
                     concurrently ? "CONCURRENTLY " : "", sql::quote_identifier(index.name),
                     sql::quote(index.table.name), sql::quote_identifier(index.method), index.tail);
}

Step build_concurrently(const Maker& make, core::Phase natural, const IndexBuild& index) {
  const QualifiedName name = index_name(index);
  const std::string drop = "DROP INDEX CONCURRENTLY IF EXISTS " + sql::quote(name);
  plan::ConcurrentBody body;
  body.sql = create_index_sql(index, true);
  body.kind = plan::ConcurrentBody::Kind::kCreateIndex;
  body.index = name;
  body.table = index.table.name;
  body.unique = index.unique;
  plan::Undo undo = undo_exact({drop});
  undo.concurrent = true;
  Step step =
      make.concurrent(natural, title_of(index, ", concurrently"), std::move(body),
                      family(make.context.catalog, index.table, LockMode::kShareUpdateExclusive),
                      std::move(undo), touches_of(index));
  step.done_when = index_is_ready(name);
  step.cleanup = {drop};
  return step;
}

Step build_plainly(const Maker& make, core::Phase natural, const IndexBuild& index) {
  Step step = make.transaction(natural, title_of(index, ""), {create_index_sql(index, false)},
                               family(make.context.catalog, index.table, LockMode::kShare),
                               undo_exact({"DROP INDEX " + sql::quote(index_name(index))}),
                               touches_of(index));
  step.scan = true;
  return step;
}

Step check_no_duplicates(const Maker& make, core::Phase natural, const UniqueKey& key) {
  const std::string list = fmt::format("{}", fmt::join(key.expressions, ", "));
  std::vector<std::string> conditions;
  if (!key.predicate.empty()) conditions.push_back(fmt::format("({})", key.predicate));
  if (key.nulls_distinct) {
    for (const std::string& expression : key.expressions) {
      conditions.push_back(fmt::format("({}) IS NOT NULL", expression));
    }
  }
  plan::CheckBody body;
  body.query =
      fmt::format("SELECT ROW({0})::text FROM {1}{2}{3} GROUP BY {0} HAVING count(*) > 1 LIMIT 5",
                  list, sql::quote(key.table.name), conditions.empty() ? "" : " WHERE ",
                  fmt::join(conditions, " AND "));
  body.failure = fmt::format("{} has duplicates in ({})", shown(key.table.name), list);
  body.hint = "Remove or merge the duplicates.";
  body.sqlstate = "23505";
  std::vector<plan::Touch> touches{touch_relation(How::kNeeds, key.table.name)};
  for (const std::string& column : key.columns) {
    touches.push_back(touch_column(How::kNeeds, key.table.name, column));
  }
  return make.check(
      natural, fmt::format("check that ({}) has no duplicates", list), std::move(body),
      family(make.context.catalog, key.table, LockMode::kAccessShare), std::move(touches));
}

std::string index_is_ready(const QualifiedName& index) {
  return index_query(index, "SELECT EXISTS", " AND i.indisvalid AND i.indisready");
}

std::string index_is_gone(const QualifiedName& index) {
  return index_query(index, "SELECT NOT EXISTS", "");
}

std::string partitions_without(const QualifiedName& index) {
  return fmt::format(
      "SELECT t.relid::pg_catalog.regclass::text FROM pg_catalog.pg_index i "
      "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "CROSS JOIN LATERAL pg_catalog.pg_partition_tree(i.indrelid) t "
      "WHERE n.nspname = {} AND c.relname = {} AND NOT EXISTS "
      "(SELECT FROM pg_catalog.pg_partition_tree(i.indexrelid) p "
      "JOIN pg_catalog.pg_index x ON x.indexrelid = p.relid "
      "WHERE x.indrelid = t.relid AND x.indisvalid) LIMIT 5",
      schema_literal(index.schema), sql::quote_literal(index.name));
}

std::string partition_is_detached(const QualifiedName& table, const QualifiedName& partition) {
  const auto of = [](std::string_view alias, const QualifiedName& name) {
    return fmt::format(
        "JOIN pg_catalog.pg_class {0} ON {0}.oid = h.{1} AND {0}.relname = {2} "
        "JOIN pg_catalog.pg_namespace {0}n ON {0}n.oid = {0}.relnamespace AND {0}n.nspname = {3}",
        alias, alias == "p" ? "inhrelid" : "inhparent", sql::quote_literal(name.name),
        schema_literal(name.schema));
  };
  return fmt::format("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h {} {})",
                     of("p", partition), of("t", table));
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(sql::quote_identifier(name));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

}  // namespace lockstep::operations
