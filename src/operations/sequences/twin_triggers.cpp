#include "sequences/twin_triggers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/carried_over.h"
#include "sequences/swap_transaction.h"
#include "support/former.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::Trigger;
using How = plan::Touch::How;

namespace {

std::vector<const Trigger*> triggers_of(const Replacement& replacement) {
  std::vector<const Trigger*> triggers;
  for (const Trigger& trigger : replacement.table.triggers) {
    if (trigger.update_of.count(replacement.column.name) > 0) triggers.push_back(&trigger);
  }
  return triggers;
}

std::string twin_name(const Operation& operation, const Trigger& trigger) {
  return catalog::helper_name(operation.origin().migration, 1, trigger.name);
}

/// The server prints a trigger as it would have to be made, with the state that it is in. Asked
/// while the column and the trigger have the other names, it prints the twin.
std::string remember(const catalog::Relation& table, const std::vector<std::string>& names) {
  std::vector<std::string> literals;
  for (const std::string& name : names) literals.push_back(sql::quote_literal(name));
  return fmt::format(
      "SELECT pg_catalog.set_config('lockstep.carried', pg_catalog.array_agg(s.statement ORDER BY"
      " t.tgname, s.turn)::text, true) FROM pg_catalog.pg_trigger t CROSS JOIN LATERAL (VALUES (1,"
      " pg_catalog.pg_get_triggerdef(t.oid)), (2, pg_catalog.format('ALTER TABLE %s %s TRIGGER %I',"
      " t.tgrelid::regclass, CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE "
      "REPLICA'"
      " WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, t.tgname))) AS s (turn, statement)"
      " WHERE t.tgrelid = pg_catalog.format('%I.%I', {}, {})::regclass AND t.tgname IN ({})",
      schema_literal(table.name.schema), sql::quote_literal(table.name.name),
      fmt::join(literals, ", "));
}

}  // namespace

std::optional<plan::Step> twin_triggers_step(const Maker& make, const Replacement& replacement) {
  const std::vector<const Trigger*> triggers = triggers_of(replacement);
  if (triggers.empty()) return std::nullopt;
  const catalog::Relation& table = replacement.table;
  const std::string aside = new_column_name(make.operation, replacement.fresh);
  const auto rename_column = [&](const std::string& from, const std::string& to) {
    return alter_table(table.name,
                       fmt::format("RENAME COLUMN {} TO {}", sql::quote_identifier(from),
                                   sql::quote_identifier(to)));
  };
  const auto rename_trigger = [&](const std::string& from, const std::string& to) {
    return fmt::format("ALTER TRIGGER {} ON {} RENAME TO {}", sql::quote_identifier(from),
                       sql::quote(table.name), sql::quote_identifier(to));
  };
  std::vector<std::string> sql{rename_column(replacement.fresh, aside),
                               rename_column(replacement.column.name, replacement.fresh)};
  std::vector<std::string> back;
  std::vector<std::string> twins;
  // Not the set of the table's triggers: they fire where the new name is written, and nowhere else.
  std::vector<plan::Touch> touches{touch_column(How::kNeeds, table.name, replacement.column.name),
                                   touch_column(How::kNeeds, table.name, replacement.fresh)};
  for (const Trigger* trigger : triggers) {
    const std::string twin = twin_name(make.operation, *trigger);
    sql.push_back(rename_trigger(trigger->name, twin));
    back.push_back(rename_trigger(twin, trigger->name));
    twins.push_back(twin);
    touches.push_back(touch_trigger(How::kNeeds, table.name, trigger->name));
    touches.push_back(touch_trigger(How::kCreates, table.name, twin));
    touches.push_back(touch_function(How::kNeeds, trigger->function));
  }
  sql.push_back(remember(table, twins));
  sql.insert(sql.end(), back.begin(), back.end());
  sql.push_back(rename_column(replacement.fresh, replacement.column.name));
  sql.push_back(rename_column(aside, replacement.fresh));
  sql.push_back(put_back());
  return make.transaction(
      core::Phase::kExpand,
      fmt::format("let triggers of {} fire for {} too", replacement.column.name, replacement.fresh),
      std::move(sql), family(make.context.catalog, table, LockMode::kAccessExclusive),
      undo_exact(drop_twin_triggers(make.operation, replacement)), std::move(touches));
}

std::vector<std::string> drop_twin_triggers(const Operation& operation,
                                            const Replacement& replacement) {
  std::vector<std::string> sql;
  for (const Trigger* trigger : triggers_of(replacement)) {
    sql.push_back(fmt::format("DROP TRIGGER {} ON {}",
                              sql::quote_identifier(twin_name(operation, *trigger)),
                              sql::quote(replacement.table.name)));
  }
  return sql;
}

}  // namespace lockstep::operations
