#include "lockstep/operations/registry.h"

#include <algorithm>
#include <array>

#include "add_check.h"
#include "add_column.h"
#include "add_enum_value.h"
#include "add_foreign_key.h"
#include "add_identity.h"
#include "add_primary_key.h"
#include "add_unique.h"
#include "alter_column_options.h"
#include "alter_column_type.h"
#include "alter_constraint.h"
#include "alter_policy.h"
#include "alter_sequence.h"
#include "alter_type.h"
#include "attach_partition.h"
#include "audit_trail.h"
#include "cluster_on.h"
#include "comment.h"
#include "create_enum.h"
#include "create_function.h"
#include "create_index.h"
#include "create_partition.h"
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
#include "ensure_partitions.h"
#include "grant.h"
#include "insert_rows.h"
#include "lockstep/text/nearest.h"
#include "refresh_view.h"
#include "reindex.h"
#include "rename_column.h"
#include "rename_constraint.h"
#include "rename_index.h"
#include "rename_object.h"
#include "rename_table.h"
#include "set_default.h"
#include "set_identity.h"
#include "set_not_null.h"
#include "set_owner.h"
#include "set_replica_identity.h"
#include "set_row_security.h"
#include "set_storage_parameters.h"
#include "set_view_options.h"
#include "soft_delete.h"
#include "sql.h"
#include "update_rows.h"
#include "validate_constraint.h"

namespace lockstep::operations {

namespace {

// In reading order: tables, columns, constraints, indexes, data, everything else.
constexpr OperationKind kOperations[] = {
    {"create_table", "create a table", create_table::from_yaml},
    {"drop_table", "drop a table", drop_table::from_yaml},
    {"create_partition", "create a partition of a table", create_partition::from_yaml},
    {"ensure_partitions", "create the partitions of a span of time", ensure_partitions::from_yaml},
    {"attach_partition", "make a table a partition of another", attach_partition::from_yaml},
    {"detach_partition", "make a partition a table of its own", detach_partition::from_yaml},
    {"rename_table", "rename a table or view, with both names until contract",
     rename_table::from_yaml},
    {"set_storage_parameters", "set or reset storage parameters of a table",
     set_storage_parameters::from_yaml},
    {"set_replica_identity", "say what tells subscribers which row has changed",
     set_replica_identity::from_yaml},
    {"set_owner", "give a table, view or sequence to another role", set_owner::from_yaml},
    {"cluster_on", "mark the index that CLUSTER goes by", cluster_on::from_yaml},
    {"add_column", "add a column, filled where it needs to be", add_column::from_yaml},
    {"soft_delete", "mark deleted rows, and count the others in unique keys",
     soft_delete::from_yaml},
    {"drop_column", "drop a column", drop_column::from_yaml},
    {"rename_column", "rename a column, with both names until contract", rename_column::from_yaml},
    {"set_default", "give a column a default", set_default::from_yaml},
    {"drop_default", "take a column's default away", drop_default::from_yaml},
    {"drop_not_null", "let a column be null", drop_not_null::from_yaml},
    {"set_not_null", "make a column NOT NULL", set_not_null::from_yaml},
    {"alter_column_type", "change the type of a column", alter_column_type::from_yaml},
    {"add_identity", "number a column by identity", add_identity::from_yaml},
    {"set_identity", "say whether an identity column takes other numbers", set_identity::from_yaml},
    {"drop_identity", "let a column be no identity column", drop_identity::from_yaml},
    {"drop_expression", "let a generated column be an ordinary one", drop_expression::from_yaml},
    {"alter_column_options", "set storage, compression, statistics and options of a column",
     alter_column_options::from_yaml},
    {"add_check", "add a CHECK constraint", add_check::from_yaml},
    {"add_foreign_key", "add a foreign key", add_foreign_key::from_yaml},
    {"add_unique", "add a UNIQUE constraint", add_unique::from_yaml},
    {"add_primary_key", "add a primary key", add_primary_key::from_yaml},
    {"validate_constraint", "prove a constraint that is NOT VALID", validate_constraint::from_yaml},
    {"drop_constraint", "drop a constraint", drop_constraint::from_yaml},
    {"alter_constraint", "say when a foreign key is checked", alter_constraint::from_yaml},
    {"rename_constraint", "rename a constraint", rename_constraint::from_yaml},
    {"create_index", "build an index", create_index::from_yaml},
    {"drop_index", "drop an index", drop_index::from_yaml},
    {"reindex", "build an index, or all of a table, again", reindex::from_yaml},
    {"create_statistics", "create extended statistics", create_statistics::from_yaml},
    {"drop_statistics", "drop extended statistics", drop_statistics::from_yaml},
    {"rename_index", "rename an index", rename_index::from_yaml},
    {"update_rows", "change the rows of a table, in batches", update_rows::from_yaml},
    {"delete_rows", "delete rows of a table, in batches", delete_rows::from_yaml},
    {"insert_rows", "insert rows", insert_rows::from_yaml},
    {"create_view", "create or replace a view", create_view::from_yaml},
    {"set_view_options", "set or reset options of a view", set_view_options::from_yaml},
    {"refresh_view", "fill a materialized view anew, while it is read", refresh_view::from_yaml},
    {"drop_view", "drop a view", drop_view::from_yaml},
    {"create_function", "create or replace a function or procedure", create_function::from_yaml},
    {"drop_function", "drop a function or procedure", drop_function::from_yaml},
    {"create_trigger", "create or replace a trigger", create_trigger::from_yaml},
    {"drop_trigger", "drop a trigger", drop_trigger::from_yaml},
    {"audit_trail", "write down in another table what changes in one", audit_trail::from_yaml},
    {"enable_trigger", "enable or disable a trigger", enable_trigger::from_yaml},
    {"create_policy", "create a policy of row security, or replace one", create_policy::from_yaml},
    {"alter_policy", "change a policy of row security", alter_policy::from_yaml},
    {"drop_policy", "drop a policy of row security", drop_policy::from_yaml},
    {"set_row_security", "switch row security on or off", set_row_security::from_yaml},
    {"create_enum", "create an enum type", create_enum::from_yaml},
    {"add_enum_value", "add a value to an enum type", add_enum_value::from_yaml},
    {"create_type", "create a composite or range type, or a domain", create_type::from_yaml},
    {"alter_type", "change a domain, or the attributes of a composite type", alter_type::from_yaml},
    {"drop_type", "drop a type or domain", drop_type::from_yaml},
    {"create_sequence", "create a sequence", create_sequence::from_yaml},
    {"alter_sequence", "change how a sequence counts, or what owns it", alter_sequence::from_yaml},
    {"drop_sequence", "drop a sequence", drop_sequence::from_yaml},
    {"rename_object", "rename a sequence, trigger, function, type or enum value",
     rename_object::from_yaml},
    {"comment", "comment on an object", comment::from_yaml},
    {"grant", "grant or revoke privileges", grant::from_yaml},
    {"sql", "run code whose effect the author declares", raw_sql::from_yaml},
};

}  // namespace

std::span<const OperationKind> registry() {
  return kOperations;
}

const OperationKind* find_operation(std::string_view name) {
  const auto found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                  [&](const OperationKind& kind) { return kind.name == name; });
  return found == std::end(kOperations) ? nullptr : found;
}

namespace {

std::string remedy(std::string_view word, const std::vector<std::string>& known,
                   const char* where_all_are) {
  const auto meant = text::nearest(word, known);
  return (meant ? "did you mean \"" + *meant + "\"? " : "") + where_all_are;
}

}  // namespace

std::string remedy_for_unknown_operation(std::string_view name) {
  std::vector<std::string> known;
  for (const OperationKind& kind : kOperations) known.emplace_back(kind.name);
  return remedy(name, known, "docs/operations lists them; `sql` takes any statement.");
}

std::string remedy_for_unknown_hazard(std::string_view id) {
  std::vector<std::string> known;
  for (const HazardKind& kind : hazard_kinds()) known.emplace_back(kind.id);
  return remedy(id, known, "docs/hazards.md lists them.");
}

}  // namespace lockstep::operations
