#include "rename_object.h"

#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "renames/named_once.h"
#include "support/alternatives.h"
#include "support/list.h"
#include "support/yaml.h"

namespace lockstep::operations::rename_object {

namespace {

/// The kind of object that is written, as one of the keys: {sequence: tickets, to: numbers}.
void yaml_object(text::Fields& fields, sql::Rename& rename, core::Problems& problems) {
  const std::string kind = one_of(fields, {"sequence", "function", "procedure", "type", "trigger"});
  if (kind == "trigger") {
    rename.object_type = "TRIGGER";
    rename.name = yaml_name(fields, "table", problems);
    rename.sub_name = yaml_identifier(fields, "trigger", problems);
  } else {
    none_of(fields, {"table"}, "trigger");
  }
  const bool code = kind == "function" || kind == "procedure";
  if (code && fields.node("arguments") != nullptr) {
    rename.sub_name = fmt::format("({})", fmt::join(fields.texts("arguments"), ", "));
  } else if (!code) {
    none_of(fields, {"arguments"}, "function");
  }
  if (kind == "trigger") return;
  if (!kind.empty()) {
    rename.object_type = kind;
    for (char& c : rename.object_type) c = static_cast<char>(c - 32);
    rename.name = yaml_name(fields, kind, problems);
    return;
  }
  fields.problem("to", "nothing to rename",
                 "Name a sequence, a function, a procedure, a type, or a table and its trigger.");
}

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin) {
  const std::string& type = statement.object_type;
  if (type == "SEQUENCE") return one(rename_sequence(statement, origin));
  if (type == "TRIGGER") return one(rename_trigger(statement, origin));
  if (type == "TYPE" || type == "DOMAIN") return one(rename_type(statement, origin));
  if (type == "ENUM VALUE") return one(rename_enum_value(statement, origin));
  return one(rename_function(statement, origin));
}

std::vector<OperationPtr> from_statement(const sql::AlterEnumRenameValue& statement,
                                         const Origin& origin) {
  return from_statement(
      sql::Rename{"ENUM VALUE", statement.name, statement.label, statement.new_label, false},
      origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation rename_object", problems);
  sql::Rename rename;
  if (fields.node("value") != nullptr) {
    rename.object_type = "ENUM VALUE";
    rename.name = yaml_name(fields, "type", problems);
    rename.sub_name = fields.required_text("value");
    rename.new_name = fields.required_text("to");
    one_of(fields, {"value", "sequence", "function", "procedure", "trigger"});
    none_of(fields, {"table"}, "trigger");
    none_of(fields, {"arguments"}, "function");
    if (fields.node("if_exists") != nullptr) {
      fields.problem("if_exists", "a value of a type is renamed without IF EXISTS");
    }
  } else {
    yaml_object(fields, rename, problems);
    yaml_new_name(fields, rename, problems);
  }
  fields.finish();
  if (rename.object_type.empty()) return {};
  return from_statement(rename, origin);
}

}  // namespace lockstep::operations::rename_object
