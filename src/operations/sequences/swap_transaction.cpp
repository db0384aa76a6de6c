#include "sequences/swap_transaction.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/drops.h"
#include "support/column_copy.h"
#include "support/constraints.h"
#include "support/foreign_keys.h"

namespace lockstep::operations {

using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Identity;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::ReferencingKey;
using catalog::Relation;
using core::Phase;
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

bool is_integer(std::string_view type) {
  return type == "smallint" || type == "integer" || type == "bigint";
}

class Swap {
 public:
  Swap(const Maker& make, const SwapParts& parts, const SyncTrigger& trigger)
      : make_(make),
        parts_(parts),
        trigger_(trigger),
        table_(parts.swap.table),
        column_(parts.swap.column) {
    for (const ReferencingKey& key : table_.referenced_by) {
      if (contains(key.referenced_columns, column_.name)) incoming_.push_back(&key);
    }
  }

  std::vector<Step> steps() {
    std::vector<Step> steps{swap()};
    for (const ReferencingKey* key : incoming_) steps.push_back(validate_incoming(*key));
    steps.push_back(drop_old());
    return steps;
  }

 private:
  Step swap() {
    for (std::string& statement : drop_sync_trigger(trigger_)) add(std::move(statement));
    for (const ReferencingKey* key : incoming_) {
      alter(key->table, "DROP CONSTRAINT " + sql::quote_identifier(key->constraint));
    }
    take_constraints_off();
    take_defaults_off();
    alter(table_.name,
          fmt::format("RENAME COLUMN {} TO {}", quoted(column_.name), quoted(parts_.old)));
    alter(table_.name,
          fmt::format("RENAME COLUMN {} TO {}", quoted(parts_.fresh), quoted(column_.name)));
    move_indexes();
    move_constraints();
    move_default();
    move_properties();
    for (const ReferencingKey* key : incoming_) {
      alter(key->table, fmt::format("ADD CONSTRAINT {} {} NOT VALID", quoted(key->constraint),
                                    with_referenced_schema(definition_of_incoming(*key))));
    }
    Step step = make_.transaction(
        Phase::kContract, fmt::format("the new column takes the place of {}", column_.name),
        std::move(sql_), locks(),
        undo_none(fmt::format("the old type of {}.{}", shown(table_.name), column_.name)),
        touches());
    step.irreversible = true;
    return step;
  }

  /// Those that stand in the way of their copies' names, or that the old column is not to keep.
  void take_constraints_off() {
    for (const Constraint& constraint : table_.constraints) {
      if (!contains(constraint.columns, column_.name)) continue;
      if (constraint.kind == ConstraintKind::kNotNull) continue;
      alter(table_.name, "DROP CONSTRAINT " + quoted(constraint.name));
    }
    for (const IndexCopy& copy : parts_.indexes) {
      if (copy.original->constraint.empty()) {
        add("DROP INDEX " + sql::quote(QualifiedName{table_.name.schema, copy.original->name}));
      }
    }
  }

  void take_defaults_off() {
    if (column_.identity != Identity::kNone) move_identity();
    if (column_.default_value) {
      alter(table_.name, fmt::format("ALTER COLUMN {} DROP DEFAULT", quoted(column_.name)));
    }
    if (column_.not_null) {
      alter(table_.name, fmt::format("ALTER COLUMN {} DROP NOT NULL", quoted(column_.name)));
    }
  }

  /// PostgreSQL has no way to hand a sequence of an identity over: another one takes its name
  /// and options, and goes on where it stood.
  void move_identity() {
    const std::vector<QualifiedName> owned = sequences();
    if (owned.empty()) return;
    const QualifiedName& sequence = owned.front();
    const QualifiedName other{
        sequence.schema,
        catalog::helper_name(make_.operation.origin().migration, 1, sequence.name)};
    alter(table_.name,
          fmt::format("ALTER COLUMN {} ADD GENERATED {} AS IDENTITY (SEQUENCE NAME {}{})",
                      quoted(parts_.fresh),
                      column_.identity == Identity::kAlways ? "ALWAYS" : "BY DEFAULT",
                      sql::quote(other), sequence_options(sequence)));
    add(fmt::format("SELECT pg_catalog.setval({}::regclass, last_value, is_called) FROM {}",
                    regclass_literal(other), sql::quote(sequence)));
    alter(table_.name, fmt::format("ALTER COLUMN {} DROP IDENTITY", quoted(column_.name)));
    add(fmt::format("ALTER SEQUENCE {} RENAME TO {}", sql::quote(other), quoted(sequence.name)));
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

  static std::string regclass_literal(const QualifiedName& name) {
    // The tenant's schema is an identifier within a literal.
    const std::string schema =
        name.schema == core::kTenantSchema
            ? std::string("quote_ident('") + std::string(core::kTenantSchemaInLiteral) + "')"
            : fmt::format("quote_ident({})", sql::quote_literal(name.schema));
    return fmt::format("({} || '.' || quote_ident({}))", schema, sql::quote_literal(name.name));
  }

  void move_indexes() {
    for (const IndexCopy& copy : parts_.indexes) {
      const QualifiedName from{table_.name.schema, copy.name};
      const catalog::Index& original = *copy.original;
      if (original.constraint.empty()) {
        add(fmt::format("ALTER INDEX {} RENAME TO {}", sql::quote(from), quoted(original.name)));
      } else if (const Constraint* constraint = table_.constraint(original.constraint)) {
        const std::optional<sql::ConstraintDef> definition = definition_of(*constraint);
        alter(table_.name,
              fmt::format("ADD CONSTRAINT {} {} USING INDEX {}{}", quoted(constraint->name),
                          original.primary ? "PRIMARY KEY" : "UNIQUE", quoted(copy.name),
                          definition ? deferral(*definition) : ""));
        comment("CONSTRAINT " + quoted(constraint->name) + " ON " + sql::quote(table_.name),
                constraint->comment);
      }
      comment("INDEX " + sql::quote(QualifiedName{table_.name.schema, original.name}),
              original.comment);
      if (original.replica_identity) {
        alter(table_.name, "REPLICA IDENTITY USING INDEX " + quoted(original.name));
      }
      if (original.clustered) alter(table_.name, "CLUSTER ON " + quoted(original.name));
    }
  }

  void move_constraints() {
    for (const ConstraintCopy& copy : parts_.constraints) {
      alter(table_.name, fmt::format("RENAME CONSTRAINT {} TO {}", quoted(copy.name),
                                     quoted(copy.original->name)));
      comment("CONSTRAINT " + quoted(copy.original->name) + " ON " + sql::quote(table_.name),
              copy.original->comment);
    }
    // From 18 on, NOT NULL has a name too.
    for (const Constraint& constraint : table_.constraints) {
      if (constraint.kind != ConstraintKind::kNotNull ||
          !contains(constraint.columns, column_.name)) {
        continue;
      }
      const std::string named =
          catalog::make_object_name(table_.name.name, parts_.fresh, "not_null");
      alter(table_.name,
            fmt::format("RENAME CONSTRAINT {} TO {}", quoted(named), quoted(constraint.name)));
    }
  }

  void move_default() {
    const std::string alter_column = "ALTER COLUMN " + quoted(column_.name);
    if (parts_.swap.default_value) {
      alter(table_.name,
            fmt::format("{} SET DEFAULT {}", alter_column, *parts_.swap.default_value));
    }
    if (column_.identity != Identity::kNone) return;
    for (const QualifiedName& sequence : sequences()) {
      // PostgreSQL leaves a serial's sequence as small as it was.
      const bool grows = is_integer(parts_.swap.format) && is_integer(column_.type);
      add(fmt::format("ALTER SEQUENCE {} {}OWNED BY {}.{}", sql::quote(sequence),
                      grows ? fmt::format("AS {} ", parts_.swap.format) : "",
                      sql::quote(table_.name), quoted(column_.name)));
    }
  }

  void move_properties() {
    comment(fmt::format("COLUMN {}.{}", sql::quote(table_.name), quoted(column_.name)),
            column_.comment);
    const std::string alter_column = "ALTER COLUMN " + quoted(column_.name);
    if (column_.statistics >= 0) {
      alter(table_.name, fmt::format("{} SET STATISTICS {}", alter_column, column_.statistics));
    }
    for (const std::string& option : column_.options) {
      alter(table_.name, fmt::format("{} SET ({})", alter_column, option));
    }
  }

  void comment(const std::string& object, const std::optional<std::string>& text) {
    if (text) add(fmt::format("COMMENT ON {} IS {}", object, sql::quote_literal(*text)));
  }

  std::vector<QualifiedName> sequences() const {
    std::vector<QualifiedName> names;
    for (const plan::LockClaim& claim :
         dropped_sequences(make_.context.catalog, table_.name, column_.name)) {
      names.push_back(claim.relation);
    }
    return names;
  }

  /// Tables that are referenced first, as everywhere.
  std::vector<plan::LockClaim> locks() const {
    std::vector<plan::LockClaim> claims;
    for (const ConstraintCopy& copy : parts_.constraints) {
      if (copy.original->kind != ConstraintKind::kForeignKey) continue;
      append(claims,
             family(make_.context.catalog, copy.original->referenced, LockMode::kAccessExclusive));
    }
    append(claims, family(make_.context.catalog, table_, LockMode::kAccessExclusive));
    for (const ReferencingKey* key : incoming_) {
      append(claims, family(make_.context.catalog, key->table, LockMode::kAccessExclusive));
    }
    for (const IndexCopy& copy : parts_.indexes) {
      claims.push_back(dropped_index(table_, *copy.original));
    }
    const bool identity = column_.identity != Identity::kNone;
    for (const QualifiedName& sequence : sequences()) {
      claims.push_back(
          {sequence, identity ? LockMode::kAccessExclusive : LockMode::kShareRowExclusive});
    }
    return claims;
  }

  std::vector<plan::Touch> touches() const {
    const QualifiedName& table = table_.name;
    std::vector<plan::Touch> touches{touch_column(How::kRenames, table, column_.name),
                                     touch_column(How::kDrops, table, parts_.fresh),
                                     touch_trigger(How::kDrops, table, trigger_.name),
                                     touch_triggers(How::kChanges, table)};
    for (const IndexCopy& copy : parts_.indexes) {
      touches.push_back(touch_index(How::kDrops, {table.schema, copy.original->name}));
    }
    for (const Constraint& constraint : table_.constraints) {
      if (!contains(constraint.columns, column_.name)) continue;
      touches.push_back(touch_constraint(How::kDrops, table, constraint.name));
      if (constraint.kind == ConstraintKind::kForeignKey) {
        touches.push_back(touch_references(How::kChanges, constraint.referenced));
      }
    }
    for (const ReferencingKey* key : incoming_) {
      touches.push_back(touch_constraint(How::kDrops, key->table, key->constraint));
      touches.push_back(touch_references(How::kChanges, table));
    }
    return touches;
  }

  Constraint definition_of_incoming(const ReferencingKey& key) const {
    return *make_.context.catalog.find(key.table)->constraint(key.constraint);
  }

  Step validate_incoming(const ReferencingKey& key) const {
    std::vector<plan::LockClaim> claims =
        family(make_.context.catalog, table_, LockMode::kRowShare);
    append(claims, family(make_.context.catalog, key.table, LockMode::kShareUpdateExclusive));
    return make_.scan(
        Phase::kContract, fmt::format("validate {} of {}", key.constraint, shown(key.table)),
        {alter_table(key.table, "VALIDATE CONSTRAINT " + quoted(key.constraint))}, claims,
        undo_exact(), {touch_constraint(How::kChanges, key.table, key.constraint)});
  }

  /// In a transaction of its own: whoever keeps dropped columns for a while does so here.
  Step drop_old() const {
    Step step = make_.transaction(Phase::kContract,
                                  fmt::format("drop column {}, of the old type", parts_.old),
                                  {alter_table(table_.name, "DROP COLUMN " + quoted(parts_.old))},
                                  family(make_.context.catalog, table_, LockMode::kAccessExclusive),
                                  undo_none(fmt::format("the values of {}.{} in their old form",
                                                        shown(table_.name), column_.name)),
                                  {touch_column(How::kDrops, table_.name, parts_.old)});
    step.irreversible = true;
    return step;
  }

  static std::string quoted(const std::string& name) { return sql::quote_identifier(name); }
  void add(std::string statement) { sql_.push_back(std::move(statement)); }
  void alter(const QualifiedName& table, const std::string& action) {
    add(alter_table(table, action));
  }

  const Maker& make_;
  const SwapParts& parts_;
  const SyncTrigger& trigger_;
  const Relation& table_;
  const Column& column_;
  std::vector<const ReferencingKey*> incoming_;
  std::vector<std::string> sql_;
};

}  // namespace

std::vector<Step> swap_steps(const Maker& make, const SwapParts& parts,
                             const SyncTrigger& trigger) {
  return Swap(make, parts, trigger).steps();
}

}  // namespace lockstep::operations
