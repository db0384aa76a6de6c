#include "lockstep/sql/kinds.h"

#include <algorithm>
#include <variant>

#include "big_stack.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

std::vector<std::string> kinds_in(const PgQuery__Node& statement) {
  std::vector<std::string> kinds;
  if (const ProtobufCMessage* inner = content(&statement)) {
    kinds.emplace_back(kind_of(*inner));
  }
  if (statement.node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) {
    const PgQuery__AlterTableStmt& alter = *statement.alter_table_stmt;
    for (std::size_t i = 0; i < alter.n_cmds; ++i) {
      kinds.emplace_back(
          name_of(pg_query__alter_table_type__descriptor, alter.cmds[i]->alter_table_cmd->subtype));
    }
  }
  return kinds;
}

}  // namespace

std::vector<std::string> statement_kinds() {
  std::vector<std::string> kinds;
  const ProtobufCMessageDescriptor& node = pg_query__node__descriptor;
  for (unsigned i = 0; i < node.n_fields; ++i) {
    if (node.fields[i].type != PROTOBUF_C_TYPE_MESSAGE) {
      continue;
    }
    const auto* kind = static_cast<const ProtobufCMessageDescriptor*>(node.fields[i].descriptor);
    const std::string_view name = kind->short_name;
    if (name.ends_with("Stmt")) {
      kinds.emplace_back(name);
    }
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::vector<std::string> alter_table_kinds() {
  std::vector<std::string> kinds;
  const ProtobufCEnumDescriptor& types = pg_query__alter_table_type__descriptor;
  for (unsigned i = 0; i < types.n_values; ++i) {
    const std::string_view name = types.values[i].name;
    if (name.starts_with("AT_")) {
      kinds.emplace_back(name);
    }
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::vector<std::string> kinds_of(const std::string& statement) {
  std::vector<std::string> kinds;
  on_big_stack([&] {
    const auto parsed = parse_tree(statement);
    const auto* tree = std::get_if<Tree>(&parsed);
    if (tree != nullptr && tree->size() == 1) {
      kinds = kinds_in(*(*tree)[0].stmt);
    }
  });
  return kinds;
}

}  // namespace lockstep::sql
