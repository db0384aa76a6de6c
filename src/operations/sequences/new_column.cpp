#include "sequences/new_column.h"

#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"
#include "sequences/not_null.h"
#include "support/column_definition.h"
#include "support/types.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::QualifiedName;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

std::vector<plan::LockClaim> strongest(const Maker& make, const NewColumn& column) {
  return family(make.context.catalog, column.table, LockMode::kAccessExclusive);
}

std::string alter_column(const NewColumn& column, const std::string& action) {
  return alter_table(
      column.table.name,
      fmt::format("ALTER COLUMN {} {}", sql::quote_identifier(column.definition.name), action));
}

plan::Touch changes(const NewColumn& column) {
  return touch_column(How::kChanges, column.table.name, column.definition.name);
}

Step default_step(const Maker& make, const NewColumn& column, std::vector<std::string> sql,
                  std::string title) {
  std::vector<plan::Touch> touches{changes(column)};
  if (column.definition.default_value) {
    append_functions(touches, make.context.catalog, *column.definition.default_value);
  }
  return make.transaction(Phase::kExpand, std::move(title), std::move(sql), strongest(make, column),
                          undo_exact({alter_column(column, "DROP DEFAULT")}), std::move(touches));
}

/// The column is new, so nothing that is undone with it is lost.
Step fill_step(const Maker& make, const NewColumn& column, const std::string& value, Phase phase,
               const char* title) {
  const std::string& name = column.definition.name;
  plan::BackfillBody body =
      backfill_rows(column.table, {{name, value}}, sql::quote_identifier(name) + " IS NULL");
  std::vector<plan::Touch> touches{changes(column)};
  for (const std::string& read : column.reads) {
    touches.push_back(touch_column(How::kNeeds, column.table.name, read));
  }
  return make.backfill(phase, fmt::format(fmt::runtime(title), name), std::move(body), undo_exact(),
                       std::move(touches));
}

void append_not_null(const Maker& make, const NewColumn& column, Phase phase,
                     const std::optional<std::string>& fill, std::vector<Step>& steps) {
  for (Step& step :
       not_null_steps(make, {column.table, column.definition.name, phase, fill, column.reads})) {
    steps.push_back(std::move(step));
  }
}

QualifiedName sequence_name(const Maker& make, const NewColumn& column) {
  return {
      column.table.name.schema,
      catalog::choose_sequence_name(make.context.catalog, column.table, column.definition.name)};
}

/// In the tenant's schema by search_path, which has it first: a placeholder cannot stand for a
/// quoted identifier inside of a literal.
std::string nextval(const QualifiedName& sequence) {
  const QualifiedName named = sequence.in_tenant() ? QualifiedName{"", sequence.name} : sequence;
  return fmt::format("nextval({}::regclass)", sql::quote_literal(sql::quote(named)));
}

Step create_sequence_step(const Maker& make, const NewColumn& column, const QualifiedName& sequence,
                          const std::string& type) {
  std::string create = fmt::format("CREATE SEQUENCE {} AS {}", sql::quote(sequence), type);
  if (column.definition.identity && !column.definition.identity->options.empty()) {
    create += " " + column.definition.identity->options;
  }
  return make.transaction(Phase::kExpand, fmt::format("create sequence {}", sequence.name),
                          {create}, {},
                          undo_exact({"DROP SEQUENCE IF EXISTS " + sql::quote(sequence)}),
                          {touch_relation(How::kCreates, sequence)});
}

/// Declares a lock on the column's sequence, which no LOCK TABLE can take first.
Step with_lock(Step step, const QualifiedName& sequence, LockMode mode) {
  step.locks.push_back({sequence, mode});
  return step;
}

/// The sequence made so far gives its state to the identity's own, which has the same name.
Step identity_step(const Maker& make, const NewColumn& column, const QualifiedName& sequence) {
  const sql::IdentitySpec& identity = *column.definition.identity;
  const bool always = identity.kind == sql::IdentitySpec::Kind::kAlways;
  const QualifiedName old{
      sequence.schema, catalog::helper_name(make.operation.origin().migration, 1, sequence.name)};
  std::string options = identity.options.empty() ? "" : fmt::format(" ({})", identity.options);
  const std::string state = nextval(sequence);
  const std::string literal = state.substr(8, state.size() - 9);
  std::vector<std::string> sql{
      alter_column(column, "DROP DEFAULT"),
      fmt::format("ALTER SEQUENCE {} OWNED BY NONE", sql::quote(sequence)),
      fmt::format("ALTER SEQUENCE {} RENAME TO {}", sql::quote(sequence),
                  sql::quote_identifier(old.name)),
      alter_column(column, fmt::format("ADD GENERATED {} AS IDENTITY{}",
                                       always ? "ALWAYS" : "BY DEFAULT", options)),
      fmt::format("SELECT setval({}, last_value, is_called) FROM {}", literal, sql::quote(old)),
      "DROP SEQUENCE " + sql::quote(old)};
  std::vector<std::string> undo{
      alter_column(column, "DROP IDENTITY"),
  };
  return make.transaction(
      Phase::kExpand, fmt::format("make {} an identity column", column.definition.name),
      std::move(sql), strongest(make, column),
      undo_loses("the state of the sequence", std::move(undo)), {changes(column)});
}

}  // namespace

Step add_column_step(const Maker& make, const NewColumn& column, bool with_default,
                     bool with_not_null) {
  const std::string& name = column.definition.name;
  std::vector<plan::Touch> touches{touch_column(How::kCreates, column.table.name, name)};
  if (const catalog::Type* type = make.context.catalog.find_type(column.definition.type.name)) {
    touches.push_back(touch_type(How::kNeeds, type->name));
  }
  if (with_default && column.definition.default_value) {
    append_functions(touches, make.context.catalog, *column.definition.default_value);
  }
  const bool nullable = !with_not_null || !column.definition.not_null;
  return make.transaction(
      Phase::kExpand, fmt::format("add column {}{}", name, nullable ? ", nullable" : ""),
      {alter_table(
          column.table.name,
          "ADD COLUMN " + render_column(column.definition, {with_default, with_not_null}))},
      strongest(make, column),
      undo_loses(fmt::format("what was written to {}.{}", shown(column.table.name), name),
                 {alter_table(column.table.name, "DROP COLUMN " + sql::quote_identifier(name))}),
      std::move(touches));
}

std::vector<Step> filled_column_steps(const Maker& make, const NewColumn& column) {
  const sql::ColumnDef& wanted = column.definition;
  const bool has_default = wanted.default_value && !wanted.default_value->is_null;
  std::optional<std::string> fill = column.backfill;
  if (!fill && has_default) fill = wanted.default_value->text;
  std::vector<Step> steps;
  steps.push_back(add_column_step(make, column, false, false));
  if (has_default) {
    steps.push_back(default_step(
        make, column,
        {alter_column(column, "SET DEFAULT " + as_operand(wanted.default_value->text))},
        fmt::format("set the default of {}", wanted.name)));
  }
  if (fill)
    steps.push_back(fill_step(make, column, *fill, Phase::kExpand, "backfill {} where it is null"));
  // Without a default the deployed application goes on inserting NULLs until it is replaced.
  if (wanted.not_null) {
    append_not_null(make, column, has_default ? Phase::kExpand : Phase::kContract,
                    has_default ? std::nullopt : fill, steps);
  } else if (fill && !has_default) {
    steps.push_back(fill_step(make, column, *fill, Phase::kContract,
                              "backfill {} of rows written before the deploy"));
  }
  return steps;
}

std::vector<std::string> filled_column_plainly(const NewColumn& column) {
  const sql::ColumnDef& wanted = column.definition;
  if (!column.backfill) {
    return {alter_table(column.table.name, "ADD COLUMN " + render_column(wanted, {}))};
  }
  std::vector<std::string> sql{
      alter_table(column.table.name, "ADD COLUMN " + render_column(wanted, {false, false}))};
  const std::string name = sql::quote_identifier(wanted.name);
  sql.push_back(
      fmt::format("UPDATE {} SET {} = {}", sql::quote(column.table.name), name, *column.backfill));
  if (wanted.default_value) {
    sql.push_back(alter_column(column, "SET DEFAULT " + as_operand(wanted.default_value->text)));
  }
  if (wanted.not_null) sql.push_back(alter_column(column, "SET NOT NULL"));
  return sql;
}

std::vector<Step> numbered_column_steps(const Maker& make, const NewColumn& column) {
  const QualifiedName sequence = sequence_name(make, column);
  const std::string type = format_type(column.definition.type, make.context.catalog);
  sql::ColumnDef plain = column.definition;
  plain.type.text = type;
  const NewColumn unnumbered{column.table, plain, std::nullopt, {}};
  std::vector<Step> steps;
  steps.push_back(create_sequence_step(make, column, sequence, type));
  steps.push_back(add_column_step(make, unnumbered, false, false));
  Step numbering = default_step(
      make, column,
      {alter_column(column, "SET DEFAULT " + nextval(sequence)),
       fmt::format("ALTER SEQUENCE {} OWNED BY {}.{}", sql::quote(sequence),
                   sql::quote(column.table.name), sql::quote_identifier(column.definition.name))},
      fmt::format("number new rows from {}", sequence.name));
  steps.push_back(with_lock(std::move(numbering), sequence, LockMode::kShareRowExclusive));
  steps.push_back(with_lock(fill_step(make, column, nextval(sequence), Phase::kExpand,
                                      "number the rows whose {} is null"),
                            sequence, LockMode::kRowExclusive));
  append_not_null(make, column, Phase::kExpand, std::nullopt, steps);
  if (column.definition.identity) {
    steps.push_back(
        with_lock(identity_step(make, column, sequence), sequence, LockMode::kAccessExclusive));
  }
  return steps;
}

}  // namespace lockstep::operations
