#include "sequences/sync_trigger.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/core/strings.h"
#include "lockstep/sql/quote.h"
#include "support/text.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::Relation;
using catalog::Trigger;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// Triggers fire in the order of their names' bytes.
constexpr std::string_view kLast = "zz_";
constexpr std::string_view kVeryLast = "zzz_";
constexpr std::string_view kOurs = "_lockstep_";

catalog::QualifiedName function_of(const SyncTrigger& trigger) {
  return {trigger.table.name.schema, trigger.name};
}

/// Placeholders as they read inside of a dollar-quoted body.
std::string in_body(std::string text) {
  const std::pair<std::string_view, std::string_view> forms[] = {
      {core::kTenantSchemaInIdentifier, core::kTenantSchemaInIdentifierInBody},
      {core::kTenantSchemaInLiteral, core::kTenantSchemaInLiteralInBody},
      {core::kTenantSchema, core::kTenantSchemaInBody}};
  for (const auto& [form, wanted] : forms) {
    std::size_t at = text.find(form);
    while (at != std::string::npos) {
      text.replace(at, form.size(), wanted);
      at = text.find(form, at + wanted.size());
    }
  }
  return text;
}

std::string search_path(const catalog::Catalog& catalog) {
  std::string path;
  if (catalog.creation_schema == core::kTenantSchema) {
    path = sql::quote_identifier(core::kTenantSchema) + ", ";
  }
  for (const std::string& schema : catalog.shared_schemas) {
    path += sql::quote_identifier(schema) + ", ";
  }
  return path + "pg_temp";
}

/// In quotes always: PL/pgSQL reserves words that SQL does not, "by" for instance.
std::string field(std::string_view row, const std::string& column) {
  return fmt::format("{}.\"{}\"", row, core::doubled(column, '"'));
}

/// Compared by their bytes: `=` is not there for every type, and takes 1.0 for 1.00. As records,
/// for between ROW(...) and ROW(...) PostgreSQL puts the operator between the columns.
std::string same(const std::vector<std::string>& columns, std::string_view row,
                 std::string_view other) {
  std::vector<std::string> fields;
  std::vector<std::string> others;
  for (const std::string& column : columns) {
    fields.push_back(field(row, column));
    others.push_back(field(other, column));
  }
  return fmt::format("ROW({})::record *= ROW({})::record", fmt::join(fields, ", "),
                     fmt::join(others, ", "));
}

/// Not the set of the table's triggers: what it does to a change of rows it does to the columns
/// that are named here.
std::vector<plan::Touch> touches_of(const SyncTrigger& trigger, How how) {
  const catalog::QualifiedName& table = trigger.table.name;
  std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table),
                                   touch_trigger(how, table, trigger.name),
                                   touch_function(how, function_of(trigger))};
  for (const std::string& column : trigger.reads) {
    touches.push_back(touch_column(How::kNeeds, table, column));
  }
  for (const std::string& column : trigger.writes) {
    touches.push_back(touch_column(How::kChanges, table, column));
  }
  return touches;
}

}  // namespace

std::string sync_trigger_name(const Operation& operation, const Relation& table,
                              std::string_view column, int ordinal, bool reads_others) {
  return catalog::helper_name(
      operation.origin().migration, ordinal,
      fmt::format("{}{}_{}_sync", reads_others ? kVeryLast : kLast, table.name.name, column));
}

std::string copy_statements(const Relation& table, const ColumnCopy& copy) {
  // As one row of a table of that name, so that the author's expression finds its columns, with or
  // without the table's name before them.
  const std::string value =
      copy.expression.empty()
          ? field("NEW", copy.from)
          : fmt::format("(SELECT {} FROM (SELECT NEW.*) AS {})", in_body(copy.expression),
                        sql::quote_identifier(table.name.name));
  const std::string to = field("NEW", copy.to);
  if (!copy.may_fail) return fmt::format("  {} := {};\n", to, value);
  // The block costs a subtransaction: not for what is unchanged and there already.
  return fmt::format(
      "  IF TG_OP = 'INSERT' OR {0} IS NULL OR NOT ({2}) THEN\n"
      "    BEGIN\n"
      "      {0} := {1};\n"
      "    EXCEPTION WHEN OTHERS THEN\n"
      "      {0} := NULL;\n"
      "    END;\n"
      "  END IF;\n",
      to, value, same(copy.reads, "NEW", "OLD"));
}

namespace {

std::string raise_for_two_values(const std::string& one, const std::string& other) {
  return fmt::format(
      "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = {};",
      sql::quote_literal(fmt::format("{} and {} are two names of one column and cannot be set to "
                                     "different values",
                                     one, other)));
}

/// `insert`: what a new row gets.
std::string two_way(const std::string& one, const std::string& other, const std::string& insert) {
  return fmt::format(
      "  IF TG_OP = 'INSERT' THEN\n"
      "{insert}"
      "  ELSIF {other_same} THEN\n"
      "    {b} := {a};\n"
      "  ELSIF {one_same} THEN\n"
      "    {a} := {b};\n"
      "  ELSIF NOT (ROW({a})::record *= ROW({b})::record) THEN\n"
      "    {raise}\n"
      "  END IF;\n",
      fmt::arg("insert", insert), fmt::arg("a", field("NEW", one)),
      fmt::arg("b", field("NEW", other)), fmt::arg("raise", raise_for_two_values(one, other)),
      fmt::arg("one_same", same({one}, "NEW", "OLD")),
      fmt::arg("other_same", same({other}, "NEW", "OLD")));
}

}  // namespace

std::string two_way_statements(const std::string& one, const std::string& other,
                               const std::optional<std::string>& fill) {
  return two_way(one, other,
                 fmt::format("    IF {a} IS NULL AND {b} IS NULL THEN\n"
                             "      {a} := {fill};\n"
                             "    END IF;\n"
                             "    IF {b} IS NULL THEN\n"
                             "      {b} := {a};\n"
                             "    ELSIF {a} IS NULL THEN\n"
                             "      {a} := {b};\n"
                             "    ELSIF NOT (ROW({a})::record *= ROW({b})::record) THEN\n"
                             "      {raise}\n"
                             "    END IF;\n",
                             fmt::arg("a", field("NEW", one)), fmt::arg("b", field("NEW", other)),
                             fmt::arg("fill", fill ? in_body(*fill) : std::string("NULL")),
                             fmt::arg("raise", raise_for_two_values(one, other))));
}

std::string two_way_identity_statements(const std::string& one, const std::string& other) {
  return two_way(one, other,
                 fmt::format("    IF {b} IS NULL THEN\n"
                             "      {b} := {a};\n"
                             "    ELSE\n"
                             "      {a} := {b};\n"
                             "    END IF;\n",
                             fmt::arg("a", field("NEW", one)), fmt::arg("b", field("NEW", other))));
}

std::vector<std::string> create_sync_trigger(const SyncTrigger& trigger,
                                             const catalog::Catalog& catalog) {
  const std::string table = sql::quote(trigger.table.name);
  const std::string name = sql::quote_identifier(trigger.name);
  const std::string function = sql::quote(function_of(trigger));
  // What a client calls its variables is no column of the table.
  const std::string body = fmt::format(
      "\n#variable_conflict use_column\nBEGIN\n{}  RETURN NEW;\nEND\n", trigger.statements);
  return {fmt::format("CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SET search_path TO {} "
                      "AS {}",
                      function, search_path(catalog), dollar_quoted(body)),
          fmt::format("CREATE TRIGGER {} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE "
                      "FUNCTION {}()",
                      name, table, function),
          fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", table, name)};
}

std::vector<std::string> drop_sync_trigger(const SyncTrigger& trigger) {
  return {fmt::format("DROP TRIGGER {} ON {}", sql::quote_identifier(trigger.name),
                      sql::quote(trigger.table.name)),
          fmt::format("DROP FUNCTION {}()", sql::quote(function_of(trigger)))};
}

Step create_sync_trigger_step(const Maker& make, core::Phase natural, const SyncTrigger& trigger) {
  return make.transaction(natural, fmt::format("create trigger {}", trigger.name),
                          create_sync_trigger(trigger, make.context.catalog),
                          family(make.context.catalog, trigger.table, LockMode::kShareRowExclusive),
                          undo_exact(drop_sync_trigger(trigger)),
                          touches_of(trigger, How::kCreates));
}

Step drop_sync_trigger_step(const Maker& make, core::Phase natural, const SyncTrigger& trigger) {
  return make.transaction(natural, fmt::format("drop trigger {}", trigger.name),
                          drop_sync_trigger(trigger),
                          family(make.context.catalog, trigger.table, LockMode::kAccessExclusive),
                          undo_exact(create_sync_trigger(trigger, make.context.catalog)),
                          touches_of(trigger, How::kDrops));
}

bool judge_sync_trigger(Judge& judge, const Relation& table, const std::string& name) {
  std::vector<std::string> later;
  for (const Trigger& other : table.triggers) {
    const bool fires = other.before && other.row_level && (other.on_insert || other.on_update);
    if (fires && other.name >= name && !is_sync_trigger(other)) later.push_back(other.name);
  }
  if (later.empty()) return true;
  judge.refuse(
      "trigger-fires-later",
      fmt::format("Two columns are kept in step by a trigger that has to fire last; {} of {} would "
                  "fire after it, in the order of names, and change rows unseen.",
                  fmt::join(later, ", "), shown(table.name)),
      fmt::format("Give it a name that sorts before {}: ALTER TRIGGER {} ON {} RENAME TO ...", name,
                  sql::quote_identifier(later.front()), shown(table.name)));
  return false;
}

bool is_sync_trigger(const Trigger& trigger) {
  const bool last = trigger.name.starts_with(kLast) || trigger.name.starts_with(kVeryLast);
  return last && trigger.name == trigger.function.name &&
         trigger.name.find(kOurs) != std::string::npos;
}

}  // namespace lockstep::operations
