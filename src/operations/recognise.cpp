#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "add_column.h"
#include "add_constraint.h"
#include "create_index.h"
#include "create_table.h"
#include "drop_column.h"
#include "drop_constraint.h"
#include "drop_default.h"
#include "drop_not_null.h"
#include "drop_table.h"
#include "lockstep/operations/registry.h"
#include "set_default.h"
#include "set_not_null.h"
#include "support/list.h"
#include "validate_constraint.h"

namespace lockstep::operations {

namespace {

/// "CREATE EXTENSION is not known": refused by its name.
void refuse(const std::string& what, const Origin& origin, core::Problems& problems) {
  problems.push_back({origin.where, what + " is not something Lockstep knows how to plan",
                      "Write it as an `sql` operation with declared locks in a YAML migration, or run it "
                      "outside of Lockstep."});
}

/// The sub-commands of an ALTER TABLE: one overload for each kind.
struct ActionRecogniser {
  const sql::AlterTable& statement;
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
    return add_constraint(table(), action.constraint, origin, problems);
  }
  std::vector<OperationPtr> operator()(const sql::DropConstraint& action) const {
    return drop_constraint::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::ValidateConstraint& action) const {
    return validate_constraint::from_statement(table(), action, origin);
  }
  std::vector<OperationPtr> operator()(const sql::OtherAlterTable& action) const {
    refuse("ALTER " + statement.object_type + " ... " + action.what, origin, problems);
    return {};
  }
  std::vector<OperationPtr> operator()(const sql::AlterColumnType& action) const {
    refuse(fmt::format("changing the type of column {}", action.column), origin, problems);
    return {};
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
    int operator()(const sql::OtherAlterTable&) const { return 6; }
  };
  return std::visit(Pass{}, action);
}

/// One overload for each kind of statement, each a call of the operation's from_statement.
struct StatementRecogniser {
  const sql::Statement& whole;
  const Origin& origin;
  core::Problems& problems;

  std::vector<OperationPtr> operator()(const sql::AlterTable& statement) const {
    if (statement.object_type != "TABLE") {
      refuse("ALTER " + statement.object_type, origin, problems);
      return {};
    }
    std::vector<const sql::AlterTableAction*> actions;
    for (const auto& action : statement.actions) actions.push_back(&action);
    std::stable_sort(actions.begin(), actions.end(),
                     [](const auto* a, const auto* b) { return pass(*a) < pass(*b); });
    std::vector<OperationPtr> operations;
    for (const auto* action : actions) {
      append(operations, std::visit(ActionRecogniser{statement, origin, problems}, *action));
    }
    return operations;
  }
  std::vector<OperationPtr> operator()(const sql::CreateTable& statement) const {
    return create_table::from_statement(whole, statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::Drop& statement) const {
    if (statement.object_type == "TABLE") return drop_table::from_statement(statement, origin);
    refuse("DROP " + statement.object_type, origin, problems);
    return {};
  }
  std::vector<OperationPtr> operator()(const sql::CreateIndex& statement) const {
    return create_index::from_statement(statement, origin);
  }
  std::vector<OperationPtr> operator()(const sql::TransactionControl& statement) const {
    problems.push_back({origin.where, statement.what + " in a migration: Lockstep runs the transactions",
                        "Remove it; each step gets the transaction it needs."});
    return {};
  }
  std::vector<OperationPtr> operator()(const sql::SessionControl& statement) const {
    problems.push_back({origin.where, statement.what + " in a migration: the session belongs to the runner",
                        "Remove it; search_path, timeouts and role are set for every step."});
    return {};
  }
  std::vector<OperationPtr> operator()(const sql::OtherStatement& statement) const {
    refuse(statement.what, origin, problems);
    return {};
  }
  template <class Other>
  std::vector<OperationPtr> operator()(const Other&) const {
    refuse(whole.text.substr(0, whole.text.find_first_of("(\n")), origin, problems);
    return {};
  }
};

}  // namespace

std::vector<OperationPtr> recognise(const sql::Statement& statement, const Origin& origin,
                                    core::Problems& problems) {
  return std::visit(StatementRecogniser{statement, origin, problems}, statement.body);
}

}  // namespace lockstep::operations
