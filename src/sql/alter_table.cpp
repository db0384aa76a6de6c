#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "columns.h"
#include "names.h"
#include "partitions.h"
#include "statements.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

// Sub-commands without a value of their own in statement.h. By the enumerators' names: some are
// missing in one version or the other, and some only the server makes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kOtherWords{{
    {"AT_SetExpression", "SET EXPRESSION"},
    {"AT_AlterColumnGenericOptions", "ALTER COLUMN OPTIONS"},
    {"AT_SetLogged", "SET LOGGED"},
    {"AT_SetUnLogged", "SET UNLOGGED"},
    {"AT_DropOids", "SET WITHOUT OIDS"},
    {"AT_SetAccessMethod", "SET ACCESS METHOD"},
    {"AT_SetTableSpace", "SET TABLESPACE"},
    {"AT_ReplaceRelOptions", "SET (storage parameters)"},
    {"AT_EnableRule", "ENABLE RULE"},
    {"AT_EnableAlwaysRule", "ENABLE ALWAYS RULE"},
    {"AT_EnableReplicaRule", "ENABLE REPLICA RULE"},
    {"AT_DisableRule", "DISABLE RULE"},
    {"AT_AddInherit", "INHERIT"},
    {"AT_DropInherit", "NO INHERIT"},
    {"AT_AddOf", "OF"},
    {"AT_DropOf", "NOT OF"},
    {"AT_GenericOptions", "OPTIONS"},
    {"AT_DetachPartitionFinalize", "DETACH PARTITION FINALIZE"},
}};

std::string other_words(PgQuery__AlterTableType type) {
  const std::string_view name = name_of(pg_query__alter_table_type__descriptor, type);
  for (const auto& [enumerator, words] : kOtherWords) {
    if (enumerator == name) {
      return std::string(words);
    }
  }
  return std::string(name);
}

/// The name that a sub-command is about, in whichever of its fields it is.
std::string argument_of(const Reader& reader, const PgQuery__AlterTableCmd& command) {
  if (*command.name != '\0') {
    return reader.name(command.name);
  }
  if (command.def == nullptr) {
    return {};
  }
  switch (command.def->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return core::display(reader.relation(command.def->range_var));
    case PG_QUERY__NODE__NODE_PARTITION_CMD:
      return core::display(reader.relation(command.def->partition_cmd->name));
    case PG_QUERY__NODE__NODE_TYPE_NAME:
      return core::display(object_name(reader, command.def));
    default:
      return {};
  }
}

AlterColumnType read_alter_type(const Reader& reader, const PgQuery__AlterTableCmd& command,
                                TokenRange range) {
  const PgQuery__ColumnDef& column = *command.def->column_def;
  AlterColumnType result;
  result.column = reader.name(command.name);
  result.cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  const std::size_t type = reader.at(column.type_name->location);
  const std::size_t type_end = reader.find({PG_QUERY__TOKEN__COLLATE, PG_QUERY__TOKEN__USING,
                                            PG_QUERY__TOKEN__CASCADE, PG_QUERY__TOKEN__RESTRICT},
                                           type, range.last);
  result.type = read_type(reader, column.type_name, TokenRange{type, type_end});
  if (column.coll_clause != nullptr) {
    const std::size_t name = reader.at(column.coll_clause->location) + 1;
    result.collation = reader.slice(TokenRange{name, reader.after_name(name)});
  }
  if (column.raw_default != nullptr) {
    const std::size_t using_word = reader.find({PG_QUERY__TOKEN__USING}, type, range.last);
    result.using_expression =
        read_expression(reader, column.raw_default, TokenRange{using_word + 1, range.last});
  }
  return result;
}

AlterTableAction read_set_default(const Reader& reader, const PgQuery__AlterTableCmd& command,
                                  TokenRange range) {
  if (command.def == nullptr) {
    return DropDefault{reader.name(command.name)};
  }
  const std::size_t word = reader.find({PG_QUERY__TOKEN__DEFAULT}, range.first, range.last);
  return SetDefault{reader.name(command.name),
                    read_expression(reader, command.def, TokenRange{word + 1, range.last})};
}

std::string parameter_value(const PgQuery__Node* node) {
  if (node == nullptr) {
    return "true";
  }
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_INTEGER:
      return std::to_string(node->integer->ival);
    case PG_QUERY__NODE__NODE_FLOAT:
      return node->float_->fval;
    case PG_QUERY__NODE__NODE_TYPE_NAME: {
      // A word that is no keyword, as in autovacuum_enabled = off.
      const PgQuery__TypeName& word = *node->type_name;
      return word.n_names == 0 ? std::string()
                               : std::string(string_of(word.names[word.n_names - 1]));
    }
    default:
      return std::string(string_of(node));
  }
}

std::vector<StorageParameter> read_parameters(const PgQuery__AlterTableCmd& command, bool reset) {
  std::vector<StorageParameter> parameters;
  if (command.def == nullptr || command.def->node_case != PG_QUERY__NODE__NODE_LIST) {
    return parameters;
  }
  const PgQuery__List& list = *command.def->list;
  for (std::size_t i = 0; i < list.n_items; ++i) {
    const PgQuery__DefElem& element = *list.items[i]->def_elem;
    const std::string space = element.defnamespace;
    parameters.push_back({(space.empty() ? "" : space + ".") + element.defname,
                          reset ? std::string() : parameter_value(element.arg)});
  }
  return parameters;
}

ColumnOptions read_column_options(const Reader& reader, const PgQuery__AlterTableCmd& command,
                                  ColumnOptions::Kind kind) {
  ColumnOptions result;
  result.kind = kind;
  // SET STATISTICS alone may name a column of an index by its number.
  result.column = *command.name != '\0' ? reader.name(command.name) : std::to_string(command.num);
  const bool reset = kind == ColumnOptions::Kind::kReset;
  if (reset || kind == ColumnOptions::Kind::kSet) {
    result.parameters = read_parameters(command, reset);
  } else {
    result.value = command.def != nullptr ? parameter_value(command.def) : "default";
  }
  return result;
}

IdentitySpec::Kind identity_kind(char generated) {
  return generated == 'a' ? IdentitySpec::Kind::kAlways : IdentitySpec::Kind::kByDefault;
}

AddIdentity read_add_identity(const Reader& reader, const PgQuery__AlterTableCmd& command,
                              TokenRange range) {
  AddIdentity result;
  result.column = reader.name(command.name);
  result.identity.kind = identity_kind(*command.def->constraint->generated_when);
  const std::size_t open = reader.find({PG_QUERY__TOKEN__ASCII_40}, range.first, range.last);
  if (open < range.last) {
    result.identity.options = reader.slice(TokenRange{open + 1, reader.closing(open)});
  }
  const PgQuery__Constraint& constraint = *command.def->constraint;
  for (std::size_t i = 0; i < constraint.n_options; ++i) {
    const std::string_view option = constraint.options[i]->def_elem->defname;
    result.starts = result.starts || option == "start" || option == "restart";
  }
  return result;
}

SetIdentity read_set_identity(const Reader& reader, const PgQuery__AlterTableCmd& command) {
  SetIdentity result;
  result.column = reader.name(command.name);
  const PgQuery__List& list = *command.def->list;
  for (std::size_t i = 0; i < list.n_items; ++i) {
    const PgQuery__DefElem& element = *list.items[i]->def_elem;
    if (std::string_view(element.defname) != "generated") {
      result.options = true;
    } else {
      result.kind = identity_kind(static_cast<char>(element.arg->integer->ival));
    }
  }
  return result;
}

TriggerState trigger_state(TriggerState::Of of, char enabled, std::string trigger = {}) {
  return {of, std::move(trigger), enabled};
}

/// What has no more to it than its name.
std::optional<AlterTableAction> read_property(const Reader& reader,
                                              const PgQuery__AlterTableCmd& command) {
  using Of = TriggerState::Of;
  switch (command.subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity:
      return RowSecurity{true, std::nullopt};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity:
      return RowSecurity{false, std::nullopt};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity:
      return RowSecurity{std::nullopt, true};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity:
      return RowSecurity{std::nullopt, false};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
      return trigger_state(Of::kOne, 'O', reader.name(command.name));
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
      return trigger_state(Of::kOne, 'A', reader.name(command.name));
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
      return trigger_state(Of::kOne, 'R', reader.name(command.name));
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
      return trigger_state(Of::kOne, 'D', reader.name(command.name));
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll:
      return trigger_state(Of::kAll, 'O');
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
      return trigger_state(Of::kAll, 'D');
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser:
      return trigger_state(Of::kUser, 'O');
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
      return trigger_state(Of::kUser, 'D');
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
      return DropIdentity{reader.name(command.name), command.missing_ok != 0};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
      return DropExpression{reader.name(command.name), command.missing_ok != 0};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity: {
      const PgQuery__ReplicaIdentityStmt& identity = *command.def->replica_identity_stmt;
      return ReplicaIdentity{*identity.identity_type, reader.name(identity.name)};
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
      return ClusterOn{reader.name(command.name)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster:
      return ClusterOn{std::nullopt};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint:
      return AlterConstraint{reader.name(command.def->constraint->conname),
                             command.def->constraint->deferrable != 0,
                             command.def->constraint->initdeferred != 0};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
      return OwnerTo{reader.name(command.newowner->rolename)};
    default:
      return std::nullopt;
  }
}

/// ADD ATTRIBUTE of a composite type ends in CASCADE or RESTRICT; what has constraints is a
/// table's.
std::size_t end_of_column(const Reader& reader, const PgQuery__AlterTableCmd& command,
                          TokenRange range) {
  const bool attribute = command.def->column_def->n_constraints == 0 &&
                         (reader.is(range.last - 1, PG_QUERY__TOKEN__CASCADE) ||
                          reader.is(range.last - 1, PG_QUERY__TOKEN__RESTRICT));
  return attribute ? range.last - 1 : range.last;
}

AlterTableAction read_action(const Reader& reader, const PgQuery__AlterTableCmd& command,
                             TokenRange range) {
  const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  const bool missing_ok = command.missing_ok != 0;
  switch (command.subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
      return AddColumn{
          read_column(reader, command.def->column_def, end_of_column(reader, command, range)),
          missing_ok, cascade};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
      return DropColumn{reader.name(command.name), missing_ok, cascade};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
      return SetNotNull{reader.name(command.name)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
      return DropNotNull{reader.name(command.name)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
      return read_set_default(reader, command, range);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint: {
      const PgQuery__Constraint* constraint = command.def->constraint;
      return AddConstraint{read_constraint(
          reader, constraint, TokenRange{reader.at(constraint->location), range.last})};
    }
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
      return DropConstraint{reader.name(command.name), missing_ok, cascade};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
      return ValidateConstraint{reader.name(command.name)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
      return read_alter_type(reader, command, range);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
      return StorageParameters{false, read_parameters(command, false)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
      return StorageParameters{true, read_parameters(command, true)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
      if (command.def->partition_cmd->bound != nullptr) {
        return AttachPartition{reader.relation(command.def->partition_cmd->name),
                               read_partition_bound(reader, *command.def->partition_cmd->bound)};
      }
      return OtherAlterTable{"ATTACH PARTITION", argument_of(reader, command)};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
      return DetachPartition{reader.relation(command.def->partition_cmd->name),
                             command.def->partition_cmd->concurrent != 0};
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
      return read_column_options(reader, command, ColumnOptions::Kind::kStorage);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
      return read_column_options(reader, command, ColumnOptions::Kind::kCompression);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
      return read_column_options(reader, command, ColumnOptions::Kind::kStatistics);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
      return read_column_options(reader, command, ColumnOptions::Kind::kSet);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
      return read_column_options(reader, command, ColumnOptions::Kind::kReset);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
      return read_add_identity(reader, command, range);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
      return read_set_identity(reader, command);
    default:
      if (std::optional<AlterTableAction> property = read_property(reader, command)) {
        return std::move(*property);
      }
      return OtherAlterTable{other_words(command.subtype), argument_of(reader, command)};
  }
}

/// The first token behind "[ONLY] name [*]" or "ONLY (name)".
std::size_t after_relation(const Reader& reader, const PgQuery__RangeVar& relation) {
  std::size_t i = reader.after_name(reader.at(relation.location));
  if (reader.is(i, PG_QUERY__TOKEN__ASCII_42) || reader.is(i, PG_QUERY__TOKEN__ASCII_41)) {
    ++i;
  }
  return i;
}

}  // namespace

AlterTable read_alter_table(const Reader& reader, const PgQuery__AlterTableStmt& stmt) {
  AlterTable result;
  result.name = reader.relation(stmt.relation);
  result.if_exists = stmt.missing_ok != 0;
  result.only = stmt.relation->inh == 0;
  result.object_type = object_words(stmt.objtype);

  const std::size_t begin = after_relation(reader, *stmt.relation);
  const auto ranges = reader.elements(begin, reader.last());
  if (ranges.size() != stmt.n_cmds) {
    reader.report(begin, "cannot tell the actions of this ALTER " + result.object_type + " apart",
                  "write one statement for each");
    return result;
  }
  for (std::size_t i = 0; i < stmt.n_cmds; ++i) {
    result.actions.push_back(read_action(reader, *stmt.cmds[i]->alter_table_cmd, ranges[i]));
    result.action_spans.push_back(reader.span(ranges[i]));
    result.action_texts.push_back(reader.slice(ranges[i]));
  }
  return result;
}

}  // namespace lockstep::sql
