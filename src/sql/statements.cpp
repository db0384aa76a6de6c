#include "statements.h"

namespace lockstep::sql {

StatementBody read_statement(const Reader& reader, const PgQuery__Node& stmt) {
  switch (stmt.node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:
      return read_create_table(reader, *stmt.create_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
      return read_create_table_as(reader, *stmt.create_table_as_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
      return read_alter_table(reader, *stmt.alter_table_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT:
      return read_create_index(reader, *stmt.index_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT:
      return read_drop(reader, *stmt.drop_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT:
      return read_rename(reader, *stmt.rename_stmt);
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      return read_update(reader, *stmt.update_stmt);
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      return read_delete(reader, *stmt.delete_stmt);
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      return read_insert(reader, *stmt.insert_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT:
      return read_select(reader, *stmt.select_stmt);
    case PG_QUERY__NODE__NODE_VIEW_STMT:
      return read_create_view(reader, *stmt.view_stmt);
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
      return read_create_function(reader, *stmt.create_function_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
      return read_create_trigger(reader, *stmt.create_trig_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
      return read_create_enum(reader, *stmt.create_enum_stmt);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
      return read_alter_enum(reader, *stmt.alter_enum_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
      return CreateSequence{reader.relation(stmt.create_seq_stmt->sequence),
                            stmt.create_seq_stmt->if_not_exists != 0};
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
      return read_alter_sequence(reader, *stmt.alter_seq_stmt);
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
      return read_create_policy(reader, *stmt.create_policy_stmt);
    case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT:
      return read_alter_policy(reader, *stmt.alter_policy_stmt);
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
      return read_create_statistics(reader, *stmt.create_stats_stmt);
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
      return read_reindex(reader, *stmt.reindex_stmt);
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
      return RefreshMaterializedView{reader.relation(stmt.refresh_mat_view_stmt->relation),
                                     stmt.refresh_mat_view_stmt->concurrent != 0,
                                     stmt.refresh_mat_view_stmt->skip_data == 0};
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
      return read_create_domain(reader, *stmt.create_domain_stmt);
    case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
      return read_alter_domain(reader, *stmt.alter_domain_stmt);
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
      return read_composite_type(reader, *stmt.composite_type_stmt);
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
      return CreateType{
          CreateType::Kind::kRange,
          reader.qualified(stmt.create_range_stmt->type_name, stmt.create_range_stmt->n_type_name),
          {},
          false};
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
      return read_change_owner(reader, *stmt.alter_owner_stmt);
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
      return read_comment(reader, *stmt.comment_stmt);
    case PG_QUERY__NODE__NODE_GRANT_STMT:
      return read_grant(reader, *stmt.grant_stmt);
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
      return read_transaction(*stmt.transaction_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
      return read_set(reader, *stmt.variable_set_stmt);
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
      return SessionControl{"SET CONSTRAINTS"};
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
      return read_discard(*stmt.discard_stmt);
    case PG_QUERY__NODE__NODE_DO_STMT:
      return OpaqueCode{"DO", {}, {}};
    case PG_QUERY__NODE__NODE_CALL_STMT:
      return read_call(reader, *stmt.call_stmt);
    default:
      return read_other(reader, stmt);
  }
}

}  // namespace lockstep::sql
