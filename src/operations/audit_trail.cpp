#include "audit_trail.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "create_function.h"
#include "create_table.h"
#include "create_trigger.h"
#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/yaml.h"

// A recipe: what is written to a table is written down in another one. The function runs as its
// owner, on the search_path that it was created with: who may write to the table need not be let
// into the trail, and cannot lead it elsewhere.

namespace lockstep::operations::audit_trail {

namespace {

using catalog::QualifiedName;

struct Trail {
  QualifiedName table;
  QualifiedName into;

  QualifiedName function() const {
    return {into.schema, catalog::make_object_name(into.name, "", "row")};
  }

  std::string create_table() const {
    return fmt::format(
        "CREATE TABLE {} (audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, operation text "
        "NOT NULL, old_row jsonb, new_row jsonb, changed_by text NOT NULL, changed_at timestamptz "
        "NOT NULL)",
        sql::quote(into));
  }

  std::string create_function() const {
    // The tenant's schema stands first on the function's search_path.
    const QualifiedName found{into.in_tenant() ? std::string() : into.schema, into.name};
    const std::string body = fmt::format(
        "BEGIN INSERT INTO {} (operation, old_row, new_row, changed_by, changed_at) VALUES (TG_OP, "
        "CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, "
        "CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, "
        "coalesce(nullif(current_setting('role'), 'none'), session_user), now()); "
        "RETURN NULL; END",
        sql::quote(found));
    return fmt::format(
        "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path "
        "FROM CURRENT AS {}",
        sql::quote(function()), sql::quote_literal(body));
  }

  std::string create_trigger() const {
    return fmt::format(
        "CREATE TRIGGER {} AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION "
        "{}()",
        sql::quote_identifier(into.name), sql::quote(table), sql::quote(function()));
  }
};

Trail read(text::Fields& fields, core::Problems& problems) {
  Trail trail;
  trail.table = yaml_name(fields, "table", problems);
  trail.into = fields.has("into")
                   ? yaml_name(fields, "into", problems)
                   : QualifiedName{trail.table.schema,
                                   catalog::make_object_name(trail.table.name, "", "audit")};
  if (trail.table == trail.into) {
    fields.problem("into", "a table cannot be its own audit trail", "Write another name.");
  }
  return trail;
}

}  // namespace

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation audit_trail", problems);
  const std::size_t before = problems.size();
  const Trail trail = read(fields, problems);
  fields.finish();
  std::vector<OperationPtr> operations;
  if (problems.size() != before) return operations;
  const core::SourceLocation where = parameters.where();
  if (const auto table = parse_one(trail.create_table(), where, problems)) {
    append(operations,
           create_table::from_statement(*table, std::get<sql::CreateTable>(table->body), origin));
  }
  if (const auto function =
          parse_as<sql::CreateFunction>(trail.create_function(), where, problems)) {
    append(operations, create_function::from_statement(function->text, function->body, origin));
  }
  if (const auto trigger = parse_as<sql::CreateTrigger>(trail.create_trigger(), where, problems)) {
    append(operations, create_trigger::from_statement(trigger->text, trigger->body, origin));
  }
  return operations;
}

}  // namespace lockstep::operations::audit_trail
