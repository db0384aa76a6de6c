#include "support/foreign_keys.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/index_build.h"
#include "support/constraints.h"
#include "support/yaml.h"

namespace lockstep::operations {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::Relation;
using sql::ForeignKeyAction;

namespace {

std::set<std::string> set_of(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

std::string_view words(ForeignKeyAction action) {
  switch (action) {
    case ForeignKeyAction::kNoAction:
      return "";
    case ForeignKeyAction::kRestrict:
      return "RESTRICT";
    case ForeignKeyAction::kCascade:
      return "CASCADE";
    case ForeignKeyAction::kSetNull:
      return "SET NULL";
    case ForeignKeyAction::kSetDefault:
      return "SET DEFAULT";
  }
  return "";
}

ForeignKeyAction yaml_action(text::Fields& fields, std::string_view key) {
  const std::string written = fields.text(key).value_or("no action");
  if (written == "no action" || written == "no_action") return ForeignKeyAction::kNoAction;
  if (written == "restrict") return ForeignKeyAction::kRestrict;
  if (written == "cascade") return ForeignKeyAction::kCascade;
  if (written == "set null" || written == "set_null") return ForeignKeyAction::kSetNull;
  if (written == "set default" || written == "set_default") return ForeignKeyAction::kSetDefault;
  fields.problem(key, fmt::format("\"{}\" is not what a foreign key can do", written),
                 "Write no action, restrict, cascade, set null or set default.");
  return ForeignKeyAction::kNoAction;
}

std::vector<std::string> yaml_columns(text::Fields& fields, std::string_view key,
                                      core::Problems& problems) {
  std::vector<std::string> columns;
  for (const std::string& column : fields.texts(key)) {
    columns.push_back(parse_identifier(column, fields.where(key), problems));
  }
  return columns;
}

}  // namespace

bool is_unique_target(const Relation& table, const std::vector<std::string>& columns) {
  if (columns.empty()) return false;
  const std::set<std::string> wanted = set_of(columns);
  const bool by_constraint =
      std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& c) {
        const bool unique =
            c.kind == ConstraintKind::kPrimaryKey || c.kind == ConstraintKind::kUnique;
        return unique && !c.deferrable && set_of(c.columns) == wanted;
      });
  return by_constraint ||
         std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
           return index.unique && index.valid && index.constraint.empty() &&
                  !index.has_expressions && !index.predicate && set_of(index.columns) == wanted;
         });
}

bool leads_an_index(const Relation& table, const std::vector<std::string>& columns) {
  const std::set<std::string> wanted = set_of(columns);
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
    if (!index.valid || index.predicate || index.columns.size() < wanted.size()) return false;
    const std::vector<std::string> leading(
        index.columns.begin(), index.columns.begin() + static_cast<std::ptrdiff_t>(wanted.size()));
    return set_of(leading) == wanted;
  });
}

std::string foreign_key_options(const sql::ConstraintDef& wanted) {
  std::string options;
  if (wanted.match_full) options += " MATCH FULL";
  if (!words(wanted.on_delete).empty())
    options += fmt::format(" ON DELETE {}", words(wanted.on_delete));
  if (!wanted.on_delete_columns.empty())
    options += fmt::format(" ({})", quoted_list(wanted.on_delete_columns));
  if (!words(wanted.on_update).empty())
    options += fmt::format(" ON UPDATE {}", words(wanted.on_update));
  return options + deferral(wanted);
}

std::string foreign_key_definition(const sql::ConstraintDef& wanted, const Relation& referenced,
                                   const std::vector<std::string>& referenced_columns) {
  return fmt::format("FOREIGN KEY ({}) REFERENCES {} ({}){}", quoted_list(wanted.columns),
                     sql::quote(referenced.name), quoted_list(referenced_columns),
                     foreign_key_options(wanted));
}

std::string with_referenced_schema(const Constraint& constraint) {
  const std::string& text = constraint.definition;
  const std::string_view before = "REFERENCES ";
  bool quoted = false;
  std::optional<std::size_t> name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (!name && text.compare(i, before.size(), before) == 0) name = i + before.size();
    if (name && text[i] == '(') {
      return text.substr(0, *name) + sql::quote(constraint.referenced) + " " + text.substr(i);
    }
  }
  return text;
}

sql::ConstraintDef yaml_reference(text::Fields& fields, std::vector<std::string> columns,
                                  core::Problems& problems) {
  sql::ConstraintDef wanted;
  wanted.kind = sql::ConstraintDef::Kind::kForeignKey;
  wanted.columns = std::move(columns);
  wanted.referenced = yaml_name(fields, "references", problems);
  wanted.referenced_columns = yaml_columns(fields, "referenced_columns", problems);
  wanted.on_delete = yaml_action(fields, "on_delete");
  wanted.on_update = yaml_action(fields, "on_update");
  wanted.match_full = fields.boolean("match_full").value_or(false);
  wanted.initially_deferred = fields.boolean("initially_deferred").value_or(false);
  wanted.deferrable = fields.boolean("deferrable").value_or(wanted.initially_deferred);
  wanted.text = fmt::format("FOREIGN KEY ({}) REFERENCES {}", quoted_list(wanted.columns),
                            sql::quote(wanted.referenced));
  if (!wanted.referenced_columns.empty()) {
    wanted.text += fmt::format(" ({})", quoted_list(wanted.referenced_columns));
  }
  wanted.text += foreign_key_options(wanted);
  return wanted;
}

sql::ConstraintDef yaml_foreign_key(text::Fields& fields, core::Problems& problems) {
  fields.required_node("columns");
  const bool named = fields.node("name") != nullptr;
  const std::string name = named ? yaml_identifier(fields, "name", problems) : "";
  sql::ConstraintDef wanted =
      yaml_reference(fields, yaml_columns(fields, "columns", problems), problems);
  if (named) wanted.name = name;
  return wanted;
}

}  // namespace lockstep::operations
