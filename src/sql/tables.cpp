#include <string_view>

#include "columns.h"
#include "partitions.h"
#include "statements.h"

namespace lockstep::sql {

namespace {

void read_element(const Reader& reader, const PgQuery__Node& element, CreateTable& table) {
  if (element.node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
    const auto* column = element.column_def;
    const std::size_t end = reader.end_of_element(reader.at(column->location), reader.last());
    table.columns.push_back(read_column(reader, column, end));
  } else if (element.node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
    const auto* constraint = element.constraint;
    const std::size_t begin = reader.at(constraint->location);
    const std::size_t end = reader.end_of_element(begin, reader.last());
    table.constraints.push_back(read_constraint(reader, constraint, TokenRange{begin, end}));
  } else if (element.node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
    table.like.push_back(reader.relation(element.table_like_clause->relation));
  }
}

std::vector<std::string> read_partition_key(const Reader& reader,
                                            const PgQuery__PartitionSpec& spec) {
  std::vector<std::string> key;
  for (std::size_t i = 0; i < spec.n_part_params; ++i) {
    key.push_back(reader.name(spec.part_params[i]->partition_elem->name));
  }
  return key;
}

}  // namespace

CreateTable read_create_table(const Reader& reader, const PgQuery__CreateStmt& stmt) {
  const std::string_view persistence = stmt.relation->relpersistence;
  CreateTable result;
  result.name = reader.relation(stmt.relation);
  result.if_not_exists = stmt.if_not_exists != 0;
  result.temporary = persistence == "t";
  result.unlogged = persistence == "u";
  result.partitioned = stmt.partspec != nullptr;
  if (stmt.partspec != nullptr) result.partition_key = read_partition_key(reader, *stmt.partspec);
  result.has_options =
      stmt.n_options > 0 || *stmt.tablespacename != '\0' || *stmt.access_method != '\0';
  result.of_type = stmt.of_typename != nullptr;
  for (std::size_t i = 0; i < stmt.n_table_elts; ++i) {
    read_element(reader, *stmt.table_elts[i], result);
  }
  for (std::size_t i = 0; i < stmt.n_inh_relations; ++i) {
    result.inherits.push_back(reader.relation(stmt.inh_relations[i]->range_var));
  }
  if (stmt.partbound != nullptr && !result.inherits.empty()) {
    result.partition_of = result.inherits.front();
    result.bound = read_partition_bound(reader, *stmt.partbound);
    result.inherits.clear();
  }
  return result;
}

}  // namespace lockstep::sql
