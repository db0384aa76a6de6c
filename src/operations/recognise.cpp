#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "add_column.h"
#include "add_constraint.h"
#include "add_enum_value.h"
#include "add_identity.h"
#include "alter_column_options.h"
#include "alter_column_type.h"
#include "alter_constraint.h"
#include "alter_policy.h"
#include "alter_sequence.h"
#include "alter_type.h"
#include "attach_partition.h"
#include "cluster_on.h"
#include "comment.h"
#include "create_enum.h"
#include "create_function.h"
#include "create_index.h"
#include "create_policy.h"
#include "create_sequence.h"
#include "create_statistics.h"
#include "create_table.h"
#include "create_trigger.h"
#include "create_type.h"
#include "create_view.h"
#include "delete_rows.h"
#include "detach_partition.h"
#include "drop_column.h"
#include "drop_constraint.h"
#include "drop_default.h"
#include "drop_expression.h"
#include "drop_function.h"
#include "drop_identity.h"
#include "drop_index.h"
#include "drop_not_null.h"
#include "drop_policy.h"
#include "drop_sequence.h"
#include "drop_statistics.h"
#include "drop_table.h"
#include "drop_trigger.h"
#include "drop_type.h"
#include "drop_view.h"
#include "enable_trigger.h"
#include "grant.h"
#include "insert_rows.h"
#include "lockstep/operations/registry.h"
#include "lockstep/sql/quote.h"
#include "refresh_view.h"
#include "refused.h"
#include "reindex.h"
#include "rename_column.h"
#include "rename_constraint.h"
#include "rename_index.h"
#include "rename_object.h"
#include "rename_table.h"
#include "rules/replaced_constraint.h"
#include "set_default.h"
#include "set_identity.h"
#include "set_not_null.h"
#include "set_owner.h"
#include "set_replica_identity.h"
#include "set_row_security.h"
#include "set_storage_parameters.h"
#include "set_view_options.h"
#include "sql.h"
#include "support/list.h"
#include "update_rows.h"
#include "validate_constraint.h"

namespace lockstep::operations {

namespace {

/// The sub-commands of an ALTER TABLE: one overload for each kind.
struct ActionRecogniser {
  const sql::AlterTable& statement;
  const std::string& text;  ///< of the sub-command
  const Origin& origin;
  core::Problems& problems;

  TableTarget table() const { return {statement.name, statement.if_exists, statement.only}; }

  std::vector<OperationPtr> operator()(const sql::SetNotNull& action) const {
    return set_not_null::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::DropNotNull& action) const {
    return drop_not_null::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AddColumn& action) const {
    return add_column::from_statement(table(), action, origin, problems);
  }
  std::vector<OperationPtr> operator()(const sql::DropColumn& action) const {
    return drop_column::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::SetDefault& action) const {
    return set_default::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::DropDefault& action) const {
    return drop_default::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AddConstraint& action) const {
    return add_constraint(table(), action.constraint, origin);
  }
  std::vector<OperationPtr> operator()(const sql::DropConstraint& action) const {
    return drop_constraint::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::ValidateConstraint& action) const {
    return validate_constraint::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterColumnType& action) const {
    return alter_column_type::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::StorageParameters& action) const {
    return set_storage_parameters::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AttachPartition& action) const {
    return attach_partition::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::DetachPartition& action) const {
    return detach_partition::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::RowSecurity& action) const {
    return set_row_security::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::TriggerState& action) const {
    return enable_trigger::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::ColumnOptions& action) const {
    return alter_column_options::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AddIdentity& action) const {
    return add_identity::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::SetIdentity& action) const {
    return set_identity::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::DropIdentity& action) const {
    return drop_identity::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::DropExpression& action) const {
    return drop_expression::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::ReplicaIdentity& action) const {
    return set_replica_identity::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::ClusterOn& action) const {
    return cluster_on::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterConstraint& action) const {
    return alter_constraint::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::OwnerTo& action) const {
    return set_owner::from_statement(statement, action, text, origin);
  }
  std::vector<OperationPtr> operator()(const sql::OtherAlterTable& action) const {
    return refused::statement("ALTER TABLE ... " + action.what, origin, {statement.name},
                              fmt::format("ALTER TABLE {} {}", sql::quote(statement.name), text));
  }
};

/// PostgreSQL runs the sub-commands of one ALTER TABLE in passes, not in the order written: what is
/// dropped goes first, then types change, then columns are added.
int pass(const sql::AlterTableAction& action) {
  struct Pass {
    int operator()(const sql::DropColumn&) const { return 0; }
    int operator()(const sql::DropConstraint&) const { return 0; }
    int operator()(const sql::DropNotNull&) const { return 0; }
    int operator()(const sql::DropDefault&) const { return 0; }
    int operator()(const sql::AlterColumnType&) const { return 1; }
    int operator()(const sql::AddColumn&) const { return 2; }
    int operator()(const sql::SetDefault&) const { return 3; }
    int operator()(const sql::SetNotNull&) const { return 4; }
    int operator()(const sql::AddConstraint&) const { return 5; }
    int operator()(const sql::ValidateConstraint&) const { return 6; }
    int operator()(const sql::RowSecurity&) const { return 6; }
    int operator()(const sql::TriggerState&) const { return 6; }
    int operator()(const sql::StorageParameters&) const { return 6; }
    int operator()(const sql::AttachPartition&) const { return 6; }
    int operator()(const sql::DetachPartition&) const { return 6; }
    int operator()(const sql::ColumnOptions&) const { return 6; }
    int operator()(const sql::AddIdentity&) const { return 4; }
    int operator()(const sql::SetIdentity&) const { return 4; }
    int operator()(const sql::DropIdentity&) const { return 0; }
    int operator()(const sql::DropExpression&) const { return 0; }
    int operator()(const sql::ReplicaIdentity&) const { return 6; }
    int operator()(const sql::ClusterOn&) const { return 6; }
    int operator()(const sql::AlterConstraint&) const { return 6; }
    int operator()(const sql::OwnerTo&) const { return 6; }
    int operator()(const sql::OtherAlterTable&) const { return 6; }
  };
  return std::visit(Pass{}, action);
}

bool is_owned_relation(const std::string& object_type) {
  return object_type == "VIEW" || object_type == "MATERIALIZED VIEW" || object_type == "SEQUENCE";
}

/// One overload for each kind of statement, each a call of the operation's from_statement.
struct StatementRecogniser {
  const sql::Statement& whole;
  const Origin& origin;
  core::Problems& problems;

  std::vector<OperationPtr> operator()(const sql::AlterTable& statement) const {
    const bool owner = std::all_of(
        statement.actions.begin(), statement.actions.end(),
        [](const auto& action) { return std::holds_alternative<sql::OwnerTo>(action); });
    if (statement.object_type == "VIEW" && sets_options(statement)) {
      return view_options(statement);
    }
    if (statement.object_type == "TYPE" && !owner) {
      std::vector<OperationPtr> attributes =
          alter_type::from_statement(whole.text, statement, origin);
      if (!attributes.empty()) return attributes;
    }
    if (statement.object_type == "INDEX") {
      std::vector<OperationPtr> moved = reindex::from_statement(statement, origin);
      if (!moved.empty()) return moved;
    }
    if (statement.object_type != "TABLE" && !(owner && is_owned_relation(statement.object_type))) {
      return refused::statement("ALTER " + statement.object_type, origin, {statement.name});
    }
    std::vector<std::size_t> order(statement.actions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return pass(statement.actions[a]) < pass(statement.actions[b]);
    });
    std::vector<OperationPtr> operations;
    for (const std::size_t index : order) {
      const ActionRecogniser recogniser{statement, statement.action_texts[index], origin, problems};
      append(operations, std::visit(recogniser, statement.actions[index]));
    }
    return operations;
  }
  static bool sets_options(const sql::AlterTable& statement) {
    return std::all_of(statement.actions.begin(), statement.actions.end(), [](const auto& action) {
      return std::holds_alternative<sql::StorageParameters>(action);
    });
  }
  std::vector<OperationPtr> view_options(const sql::AlterTable& statement) const {
    std::vector<OperationPtr> operations;
    for (const auto& action : statement.actions) {
      append(operations,
             set_view_options::from_statement({statement.name, statement.if_exists, false},
                                              std::get<sql::StorageParameters>(action), origin));
    }
    return operations;
  }
  std::vector<OperationPtr> operator()(const sql::CreateTable& statement) const {
    return create_table::from_statement(whole, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateTableAs& statement) const {
    if (statement.materialized_view)
      return create_view::from_statement(whole.text, statement, origin);
    return refused::statement("CREATE TABLE AS", origin);
  }
  std::vector<OperationPtr> operator()(const sql::Drop& statement) const {
    const std::string& type = statement.object_type;
    if (type == "TABLE") return drop_table::from_statement(statement, origin);
    if (type == "INDEX") return drop_index::from_statement(statement, origin);
    if (type == "VIEW" || type == "MATERIALIZED VIEW")
      return drop_view::from_statement(statement, origin);
    if (type == "FUNCTION" || type == "PROCEDURE")
      return drop_function::from_statement(statement, origin);
    if (type == "TRIGGER") return drop_trigger::from_statement(statement, origin);
    if (type == "POLICY") return drop_policy::from_statement(statement, origin);
    if (type == "TYPE" || type == "DOMAIN") return drop_type::from_statement(statement, origin);
    if (type == "STATISTICS") return drop_statistics::from_statement(statement, origin);
    if (type == "SEQUENCE") return drop_sequence::from_statement(statement, origin);
    return refused::statement("DROP " + type, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Rename& statement) const {
    const std::string& type = statement.object_type;
    if (type == "TABLE" || type == "VIEW" || type == "MATERIALIZED VIEW")
      return rename_table::from_statement(statement, origin);
    if (type == "COLUMN") return rename_column::from_statement(statement, origin);
    if (type == "CONSTRAINT") return rename_constraint::from_statement(statement, origin);
    if (type == "INDEX") return rename_index::from_statement(statement, origin);
    if (type == "SEQUENCE" || type == "TRIGGER" || type == "FUNCTION" || type == "PROCEDURE" ||
        type == "ROUTINE" || type == "TYPE" || type == "DOMAIN") {
      return rename_object::from_statement(statement, origin);
    }
    return refused::statement("RENAME " + type, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateIndex& statement) const {
    return create_index::from_statement(statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Update& statement) const {
    return update_rows::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Delete& statement) const {
    return delete_rows::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Insert& statement) const {
    return insert_rows::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateView& statement) const {
    return create_view::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateFunction& statement) const {
    return create_function::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateTrigger& statement) const {
    return create_trigger::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreatePolicy& statement) const {
    return create_policy::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterPolicy& statement) const {
    return alter_policy::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateEnum& statement) const {
    return create_enum::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateType& statement) const {
    return create_type::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterType& statement) const {
    return alter_type::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterEnumAddValue& statement) const {
    return add_enum_value::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterEnumRenameValue& statement) const {
    return rename_object::from_statement(statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateSequence& statement) const {
    return create_sequence::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::AlterSequence& statement) const {
    return alter_sequence::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::CreateStatistics& statement) const {
    return create_statistics::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Reindex& statement) const {
    if (statement.object_type == "INDEX" || statement.object_type == "TABLE")
      return reindex::from_statement(statement, origin);
    return refused::statement("REINDEX " + statement.object_type, origin);
  }
  std::vector<OperationPtr> operator()(const sql::RefreshMaterializedView& statement) const {
    return refresh_view::from_statement(statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::ChangeOwner& statement) const {
    return refused::statement(fmt::format("ALTER {} OWNER TO", statement.object_type), origin);
  }
  std::vector<OperationPtr> operator()(const sql::CommentOn& statement) const {
    return comment::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Grant& statement) const {
    return grant::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::OpaqueCode& statement) const {
    return raw_sql::from_statement(whole.text, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::TransactionControl& statement) const {
    return refused::statement("transaction control by " + statement.what, origin);
  }
  std::vector<OperationPtr> operator()(const sql::SessionControl& statement) const {
    return refused::statement("session control by " + statement.what, origin);
  }
  std::vector<OperationPtr> operator()(const sql::OtherStatement& statement) const {
    return refused::statement(statement.what, origin, statement.names);
  }
};

}  // namespace

std::vector<OperationPtr> recognise(const sql::Statement& statement, const Origin& origin,
                                    core::Problems& problems) {
  return std::visit(StatementRecogniser{statement, origin, problems}, statement.body);
}

namespace {

/// Whether it makes no difference to what is dropped before the operation that it is dropped after
/// it: neither a key that a foreign key stands on, nor rows, are touched.
bool can_come_before(const std::vector<OperationPtr>& operations, std::size_t index) {
  if (adds_check_or_key(*operations[index])) return true;
  return std::any_of(
      operations.begin() + static_cast<std::ptrdiff_t>(index), operations.end(),
      [&](const OperationPtr& later) { return replaces_constraint(*operations[index], *later); });
}

/// A policy that is created anew under the name of one dropped before, with nothing but policies
/// in between.
void join_policies(std::vector<OperationPtr>& operations, std::vector<std::size_t>& items) {
  for (std::size_t create = 1; create < operations.size(); ++create) {
    for (std::size_t drop = create;
         drop > 0 && create_policy::is_about_policy(*operations[drop - 1]);) {
      --drop;
      if (!create_policy::replaces(*operations[drop], *operations[create])) continue;
      operations[create] = create_policy::replaced(operations[drop], operations[create]);
      operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(drop));
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(drop));
      --create;
      break;
    }
  }
}

}  // namespace

void join_statements(std::vector<OperationPtr>& operations, std::vector<std::size_t>& items) {
  join_policies(operations, items);
  for (std::size_t add = 1; add < operations.size(); ++add) {
    for (std::size_t drop = add; drop > 0 && can_come_before(operations, drop - 1);) {
      --drop;
      if (!replaces_constraint(*operations[drop], *operations[add])) continue;
      operations[add] =
          replaced_constraint(std::move(operations[drop]), std::move(operations[add]));
      operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(drop));
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(drop));
      --add;
      break;
    }
  }
}

}  // namespace lockstep::operations
