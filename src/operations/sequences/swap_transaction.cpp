#include "sequences/swap_transaction.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/drops.h"
#include "sequences/twin_triggers.h"
#include "support/column_copy.h"
#include "support/constraints.h"
#include "support/fold.h"
#include "support/former.h"

namespace lockstep::operations {

using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Identity;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The largest number of an integer type as format_type() prints it.
std::string_view largest(std::string_view type) {
  if (type == "smallint") return "32767";
  return type == "integer" ? "2147483647" : "9223372036854775807";
}

std::string quoted(const std::string& name) {
  return sql::quote_identifier(name);
}

std::string helper(const Operation& operation, const std::string& base) {
  return catalog::helper_name(operation.origin().migration, 1, base);
}

class Transaction {
 public:
  Transaction(const Maker& make, const Swap& swap)
      : make_(make),
        swap_(swap),
        table_(swap.replacement.table),
        column_(swap.replacement.column),
        name_(swap.replacement.name),
        fresh_(swap.replacement.fresh) {}

  std::vector<std::string> statements() {
    for (std::string& statement : drop_sync_trigger(swap_.trigger)) add(std::move(statement));
    if (swap_.replacement.two_names()) {
      for (std::string& drop : drop_twin_triggers(make_.operation, swap_.replacement)) {
        add(std::move(drop));
      }
      take_name();
    }
    add(take_off(hanging(), name_));
    take_constraints_off();
    take_defaults_off();
    rename_column(name_, swap_.old_name);
    rename_column(fresh_, name_);
    move_indexes();
    move_constraints();
    move_default();
    add(put_back());
    if (swap_.drops_old) alter("DROP COLUMN " + quoted(swap_.old_name));
    return std::move(sql_);
  }

  /// Tables that are referenced first, as everywhere.
  std::vector<plan::LockClaim> locks() const {
    const catalog::Catalog& catalog = make_.context.catalog;
    std::vector<plan::LockClaim> claims;
    for (const ConstraintCopy& copy : swap_.copies.constraints) {
      if (copy.original->kind != ConstraintKind::kForeignKey) continue;
      append(claims, family(catalog, copy.original->referenced, LockMode::kAccessExclusive));
    }
    append(claims, family(catalog, table_, LockMode::kAccessExclusive));
    for (const ConstraintCopy& copy : swap_.copies.references) {
      append(claims, family(catalog, *copy.table, LockMode::kAccessExclusive));
    }
    for (const IndexCopy& copy : swap_.copies.indexes) {
      claims.push_back(dropped_index(table_, *copy.original));
    }
    for (const QualifiedName& sequence : sequences()) {
      claims.push_back(
          {sequence, is_identity() ? LockMode::kAccessExclusive : LockMode::kShareRowExclusive});
    }
    append(claims, carried_locks(hanging()));
    return claims;
  }

  /// Triggers that are made again do what they did, so that the set of them is the same.
  std::vector<plan::Touch> touches() const {
    const QualifiedName& table = table_.name;
    std::vector<plan::Touch> touches = touched_columns();
    touches.push_back(touch_trigger(How::kDrops, table, swap_.trigger.name));
    for (const IndexCopy& copy : swap_.copies.indexes) {
      touches.push_back(touch_index(How::kDrops, {table.schema, copy.original->name}));
    }
    for (const Constraint& constraint : table_.constraints) {
      if (!contains(constraint.columns, column_.name)) continue;
      touches.push_back(touch_constraint(How::kDrops, table, constraint.name));
      if (constraint.kind == ConstraintKind::kForeignKey) {
        touches.push_back(touch_references(How::kChanges, constraint.referenced));
      }
    }
    for (const ConstraintCopy& copy : swap_.copies.references) {
      touches.push_back(touch_constraint(How::kDrops, copy.table->name, copy.original->name));
      touches.push_back(touch_references(How::kChanges, table));
    }
    for (plan::Touch& touch : carried_touches(hanging())) touches.push_back(std::move(touch));
    return touches;
  }

  std::string note() const {
    const std::string names = carried_names(hanging());
    return names.empty() ? names : "makes again what names the column: " + names;
  }

 private:
  Hanging hanging() const { return {make_.context.catalog, table_, column_.name}; }
  bool is_identity() const { return column_.identity != Identity::kNone; }

  std::vector<plan::Touch> touched_columns() const {
    const QualifiedName& table = table_.name;
    if (swap_.replacement.two_names()) {
      return {touch_column(How::kDrops, table, column_.name),
              touch_column(How::kCreates, table, name_)};
    }
    return {touch_column(How::kRenames, table, column_.name),
            touch_column(How::kDrops, table, fresh_)};
  }

  /// The column gets the name that stays before anything is remembered, so that the server prints
  /// that one.
  void take_name() {
    const std::string aside = new_column_name(make_.operation, name_);
    rename_column(fresh_, aside);
    rename_column(column_.name, name_);
    fresh_ = aside;
  }

  /// Those that stand in the way of their copies' names, or that the old column is not to keep.
  void take_constraints_off() {
    for (const ConstraintCopy& copy : swap_.copies.references) {
      add(drop_constraint_sql(copy.table->name, copy.original->name));
    }
    for (const ConstraintCopy& copy : swap_.copies.constraints) {
      add(drop_constraint_sql(table_.name, copy.original->name));
    }
    for (const IndexCopy& copy : swap_.copies.indexes) {
      const Index& index = *copy.original;
      add(index.constraint.empty()
              ? "DROP INDEX " + sql::quote(QualifiedName{table_.name.schema, index.name})
              : drop_constraint_sql(table_.name, index.constraint));
    }
  }

  void take_defaults_off() {
    if (is_identity()) move_identity();
    if (column_.default_value) alter_column(name_, "DROP DEFAULT");
    if (column_.not_null) alter_column(name_, "DROP NOT NULL");
  }

  /// PostgreSQL has no way to hand a sequence of an identity over: another one takes its name
  /// and options, and goes on where it stood. Once it has another name nobody draws from it.
  void move_identity() {
    const std::vector<QualifiedName> owned = sequences();
    if (owned.empty()) return;
    const QualifiedName& sequence = owned.front();
    const QualifiedName aside{sequence.schema, helper(make_.operation, sequence.name)};
    add(fmt::format("ALTER SEQUENCE {} RENAME TO {}", sql::quote(sequence), quoted(aside.name)));
    alter_column(fresh_,
                 fmt::format("ADD GENERATED {} AS IDENTITY (SEQUENCE NAME {}{})",
                             column_.identity == Identity::kAlways ? "ALWAYS" : "BY DEFAULT",
                             sql::quote(sequence), sequence_options(sequence)));
    add(fmt::format(
        "SELECT pg_catalog.setval(pg_catalog.format('%I.%I', {}, {})::regclass, "
        "last_value, is_called) FROM {}",
        schema_literal(sequence.schema), sql::quote_literal(sequence.name), sql::quote(aside)));
    alter_column(name_, "DROP IDENTITY");
  }

  /// What differs from what PostgreSQL would choose for the new type.
  std::string sequence_options(const QualifiedName& sequence) const {
    const Relation* found = make_.context.catalog.find(sequence);
    if (!found || !found->sequence) return {};
    const catalog::SequenceOptions& had = *found->sequence;
    std::string options =
        fmt::format(" START WITH {} INCREMENT BY {} MINVALUE {} CACHE {}{}", had.start,
                    had.increment, had.min, had.cache, had.cycle ? " CYCLE" : "");
    if (had.max != largest(had.type)) options += " MAXVALUE " + had.max;
    return options;
  }

  void move_indexes() {
    for (const IndexCopy& copy : swap_.copies.indexes) {
      const Index& original = *copy.original;
      if (original.constraint.empty()) {
        add(fmt::format("ALTER INDEX {} RENAME TO {}",
                        sql::quote(QualifiedName{table_.name.schema, copy.name}),
                        quoted(original.name)));
        continue;
      }
      const Constraint* constraint = table_.constraint(original.constraint);
      const auto definition = constraint ? definition_of(*constraint) : std::nullopt;
      add(add_constraint_sql(
          table_.name, original.constraint,
          fmt::format("{} USING INDEX {}{}", original.primary ? "PRIMARY KEY" : "UNIQUE",
                      quoted(copy.name), definition ? deferral(*definition) : "")));
    }
  }

  void move_constraints() {
    for (const auto* copies : {&swap_.copies.constraints, &swap_.copies.references}) {
      for (const ConstraintCopy& copy : *copies) {
        add(alter_table(copy.table->name,
                        fmt::format("RENAME CONSTRAINT {} TO {}", quoted(copy.name),
                                    quoted(copy.original->name))));
      }
    }
    // From 18 on, NOT NULL has a name too.
    for (const Constraint& constraint : table_.constraints) {
      if (constraint.kind != ConstraintKind::kNotNull ||
          !contains(constraint.columns, column_.name)) {
        continue;
      }
      const std::string made =
          catalog::make_object_name(table_.name.name, swap_.replacement.fresh, "not_null");
      alter(fmt::format("RENAME CONSTRAINT {} TO {}", quoted(made), quoted(constraint.name)));
    }
  }

  void move_default() {
    if (swap_.default_value) alter_column(name_, "SET DEFAULT " + *swap_.default_value);
    if (is_identity()) return;
    for (const QualifiedName& sequence : sequences()) {
      add(fmt::format("ALTER SEQUENCE {} {}OWNED BY {}.{}", sql::quote(sequence),
                      swap_.sequence_type.empty() ? "" : fmt::format("AS {} ", swap_.sequence_type),
                      sql::quote(table_.name), quoted(name_)));
    }
  }

  std::vector<QualifiedName> sequences() const {
    return owned_sequences(make_.context.catalog, table_.name, column_.name);
  }

  void add(std::string statement) { sql_.push_back(std::move(statement)); }
  void alter(const std::string& action) { add(alter_table(table_.name, action)); }
  void alter_column(const std::string& column, const std::string& action) {
    alter(fmt::format("ALTER COLUMN {} {}", quoted(column), action));
  }
  void rename_column(const std::string& from, const std::string& to) {
    alter(fmt::format("RENAME COLUMN {} TO {}", quoted(from), quoted(to)));
  }

  const Maker& make_;
  const Swap& swap_;
  const Relation& table_;
  const Column& column_;
  std::string name_;
  std::string fresh_;
  std::vector<std::string> sql_;
};

}  // namespace

std::string new_column_name(const Operation& operation, const std::string& column) {
  return helper(operation, column + "_new");
}

std::string old_column_name(const Operation& operation, const std::string& column) {
  return helper(operation, column + "_old");
}

Step swap_step(const Maker& make, const Swap& swap, std::string title, std::string loses) {
  Transaction transaction(make, swap);
  Step step =
      make.transaction(core::Phase::kContract, std::move(title), transaction.statements(),
                       transaction.locks(), undo_none(std::move(loses)), transaction.touches());
  step.note = transaction.note();
  return step;
}

}  // namespace lockstep::operations
