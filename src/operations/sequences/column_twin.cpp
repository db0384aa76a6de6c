#include "sequences/column_twin.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/drops.h"
#include "sequences/index_build.h"
#include "support/column_copy.h"
#include "support/defaults.h"
#include "support/fold.h"
#include "support/foreign_keys.h"
#include "support/privileges.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// INCLUDE columns are no key columns.
bool uses(const Constraint& constraint, const ColumnTwin& twin) {
  const Index* index = constraint.index.empty() ? nullptr : twin.table.index(constraint.index);
  return has(constraint.columns, twin.from) || (index && index->uses.count(twin.from) > 0);
}

std::vector<std::string> renamed(std::vector<std::string> names, const ColumnTwin& twin) {
  std::replace(names.begin(), names.end(), twin.from, twin.to);
  return names;
}

/// As long as both are there.
std::string temporary_name(const Maker& make, const std::string& name) {
  return catalog::helper_name(make.operation.origin().migration, 1, name);
}

std::string not_null_check(const Maker& make, const ColumnTwin& twin) {
  return temporary_name(make, catalog::make_object_name(twin.table.name.name, twin.to, "nn"));
}

IndexBuild index_build(const Maker& make, const ColumnTwin& twin, const Index& index) {
  const sql::CreateIndex definition = *definition_of(index);
  IndexBuild build{twin.table, temporary_name(make, index.name)};
  if (!definition.method.empty()) build.method = definition.method;
  build.unique = definition.unique;
  build.tail = tail_with(definition, twin.from, twin.to);
  build.uses = renamed({index.uses.begin(), index.uses.end()}, twin);
  return build;
}

/// "CHECK (years > 0)", "FOREIGN KEY (years) REFERENCES ...", without NOT VALID.
std::string definition_for(const Maker& make, const ColumnTwin& twin,
                           const Constraint& constraint) {
  const sql::ConstraintDef definition = *definition_of(constraint);
  if (constraint.kind == ConstraintKind::kCheck) return check_with(definition, twin.from, twin.to);
  Relation unknown;
  unknown.name = constraint.referenced;
  const Relation* referenced = make.context.catalog.find(constraint.referenced);
  return foreign_key_definition(foreign_key_with(definition, twin.from, twin.to),
                                referenced ? *referenced : unknown, constraint.referenced_columns);
}

void append_constraint(const Maker& make, const ColumnTwin& twin, const Constraint& constraint,
                       std::vector<Step>& steps) {
  const Catalog& catalog = make.context.catalog;
  StagedConstraint staged{twin.table, temporary_name(make, constraint.name),
                          definition_for(make, twin, constraint)};
  staged.columns = renamed(constraint.columns, twin);
  staged.phase = Phase::kExpand;
  staged.validate_locks = family(catalog, twin.table, LockMode::kShareUpdateExclusive);
  if (constraint.kind == ConstraintKind::kForeignKey) {
    staged.needs = {touch_relation(How::kNeeds, constraint.referenced)};
    staged.add_locks = family(catalog, constraint.referenced, LockMode::kShareRowExclusive);
    append(staged.add_locks, family(catalog, twin.table, LockMode::kShareRowExclusive));
    append(staged.validate_locks, family(catalog, constraint.referenced, LockMode::kRowShare));
  } else {
    staged.add_locks = family(catalog, twin.table, LockMode::kAccessExclusive);
  }
  steps.push_back(add_not_valid(make, staged));
  if (constraint.validated) steps.push_back(validate(make, staged));
}

/// What has a copy, in the order of the catalog.
bool is_copied(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kCheck ||
         constraint.kind == ConstraintKind::kForeignKey;
}

void append_comment(std::vector<std::string>& sql, const std::string& object,
                    const std::optional<std::string>& comment) {
  if (comment) {
    sql.push_back(fmt::format("COMMENT ON {} IS {}", object, sql::quote_literal(*comment)));
  }
}

void append_properties(const ColumnTwin& twin, std::vector<std::string>& sql) {
  const catalog::Column& column = *twin.table.column(twin.from);
  const std::string name = sql::quote_identifier(twin.to);
  const auto alter = [&](const std::string& action) {
    sql.push_back(alter_table(twin.table.name, fmt::format("ALTER COLUMN {} {}", name, action)));
  };
  if (column.default_value) alter(default_clause(twin.table, twin.from));
  if (column.statistics >= 0) alter(fmt::format("SET STATISTICS {}", column.statistics));
  for (const std::string& option : column.options) alter(fmt::format("SET ({})", option));
  append_comment(sql, fmt::format("COLUMN {}.{}", sql::quote(twin.table.name), name),
                 column.comment);
}

void append_index_properties(const ColumnTwin& twin, const Index& index,
                             std::vector<std::string>& sql) {
  const std::string name = sql::quote_identifier(index.name);
  append_comment(sql, "INDEX " + sql::quote({twin.table.name.schema, index.name}), index.comment);
  if (index.replica_identity) {
    sql.push_back(alter_table(twin.table.name, "REPLICA IDENTITY USING INDEX " + name));
  }
  if (index.clustered) sql.push_back(alter_table(twin.table.name, "CLUSTER ON " + name));
}

void append_not_null(const Maker& make, const ColumnTwin& twin, std::vector<std::string>& sql) {
  const catalog::Column& column = *twin.table.column(twin.from);
  if (!column.not_null) return;
  const auto named = std::find_if(
      twin.table.constraints.begin(), twin.table.constraints.end(), [&](const Constraint& each) {
        return each.kind == ConstraintKind::kNotNull && uses(each, twin);
      });
  const std::string to = sql::quote_identifier(twin.to);
  // From 18 on it has a name.
  sql.push_back(named == twin.table.constraints.end()
                    ? alter_table(twin.table.name, fmt::format("ALTER COLUMN {} SET NOT NULL", to))
                    : add_constraint_sql(twin.table.name, named->name, "NOT NULL " + to));
  sql.push_back(drop_constraint_sql(twin.table.name, not_null_check(make, twin)));
}

void append_constraint_names(const Maker& make, const ColumnTwin& twin,
                             std::vector<std::string>& sql) {
  for (const Constraint& constraint : twin.table.constraints) {
    if (!uses(constraint, twin) || constraint.kind == ConstraintKind::kNotNull) continue;
    const std::string name = sql::quote_identifier(constraint.name);
    const std::string temporary = sql::quote_identifier(
        temporary_name(make, constraint.index.empty() ? constraint.name : constraint.index));
    sql.push_back(
        is_copied(constraint)
            ? alter_table(twin.table.name,
                          fmt::format("RENAME CONSTRAINT {} TO {}", temporary, name))
            : add_constraint_sql(
                  twin.table.name, constraint.name,
                  fmt::format(
                      "{} USING INDEX {}",
                      constraint.kind == ConstraintKind::kPrimaryKey ? "PRIMARY KEY" : "UNIQUE",
                      temporary)));
    append_comment(sql, fmt::format("CONSTRAINT {} ON {}", name, sql::quote(twin.table.name)),
                   constraint.comment);
  }
}

}  // namespace

std::vector<std::string> cannot_be_twinned(const ColumnTwin& twin, bool lint) {
  const Relation& table = twin.table;
  std::vector<std::string> parts;
  for (const catalog::Dependant& dependant : table.dependants) {
    if (dependant.columns.count(twin.from) == 0) continue;
    parts.push_back(fmt::format("{} {}", dependant.kind, shown(dependant.name)));
  }
  for (const Index& index : table.indexes) {
    if (index.uses.count(twin.from) == 0) continue;
    if (index.exclusion || !index.valid) {
      parts.push_back(
          fmt::format("{} {}", index.valid ? "exclusion constraint" : "invalid index", index.name));
    } else if (!lint && !definition_of(index)) {
      parts.push_back(
          fmt::format("index {}, which a migration that is not applied yet makes", index.name));
    }
  }
  for (const Constraint& constraint : table.constraints) {
    if (!uses(constraint, twin) || constraint.kind == ConstraintKind::kNotNull) continue;
    if (!constraint.index.empty() && constraint.deferrable) {
      parts.push_back(fmt::format("deferrable constraint {}", constraint.name));
    } else if (constraint.index.empty() &&
               (!is_copied(constraint) || (!lint && !definition_of(constraint)))) {
      parts.push_back(fmt::format("constraint {}", constraint.name));
    }
  }
  for (const catalog::ReferencingKey& key : table.referenced_by) {
    if (!has(key.referenced_columns, twin.from)) continue;
    parts.push_back(fmt::format("foreign key {} of {}", key.constraint, shown(key.table)));
  }
  return parts;
}

Step add_twin_step(const Maker& make, const ColumnTwin& twin) {
  const catalog::Column& column = *twin.table.column(twin.from);
  const std::string name = sql::quote_identifier(twin.to);
  std::vector<std::string> sql{
      alter_table(twin.table.name,
                  fmt::format("ADD COLUMN {} {}{}", name, column.type,
                              column.collation.empty() ? "" : " COLLATE " + column.collation))};
  for (std::string& grant : column_grants_again(twin.table, twin.from, twin.to))
    sql.push_back(std::move(grant));
  return make.transaction(Phase::kExpand, fmt::format("add column {}, nullable", twin.to),
                          std::move(sql),
                          family(make.context.catalog, twin.table, LockMode::kAccessExclusive),
                          undo_exact({alter_table(twin.table.name, "DROP COLUMN " + name)}),
                          {touch_relation(How::kNeeds, twin.table.name),
                           touch_column(How::kNeeds, twin.table.name, twin.from),
                           touch_column(How::kCreates, twin.table.name, twin.to)});
}

std::vector<Step> twin_parts_steps(const Maker& make, const ColumnTwin& twin) {
  std::vector<Step> steps;
  for (const Index& index : twin.table.indexes) {
    // What lint does not know has no steps.
    if (index.uses.count(twin.from) > 0 && definition_of(index))
      steps.push_back(build_concurrently(make, Phase::kExpand, index_build(make, twin, index)));
  }
  for (const Constraint& constraint : twin.table.constraints) {
    if (uses(constraint, twin) && is_copied(constraint) && definition_of(constraint))
      append_constraint(make, twin, constraint, steps);
  }
  if (twin.table.column(twin.from)->not_null) {
    StagedConstraint staged{twin.table, not_null_check(make, twin),
                            fmt::format("CHECK ({} IS NOT NULL)", sql::quote_identifier(twin.to))};
    staged.columns = {twin.to};
    staged.phase = Phase::kExpand;
    staged.add_locks = family(make.context.catalog, twin.table, LockMode::kAccessExclusive);
    staged.validate_locks =
        family(make.context.catalog, twin.table, LockMode::kShareUpdateExclusive);
    steps.push_back(add_not_valid(make, staged));
    steps.push_back(validate(make, staged));
  }
  return steps;
}

std::vector<std::string> take_place(const Maker& make, const ColumnTwin& twin) {
  const Relation& table = twin.table;
  std::vector<std::string> sql;
  for (const catalog::QualifiedName& sequence :
       owned_sequences(make.context.catalog, table.name, twin.from)) {
    sql.push_back(fmt::format("ALTER SEQUENCE {} OWNED BY {}.{}", sql::quote(sequence),
                              sql::quote(table.name), sql::quote_identifier(twin.to)));
  }
  sql.push_back(alter_table(table.name, "DROP COLUMN " + sql::quote_identifier(twin.from)));
  append_not_null(make, twin, sql);
  append_constraint_names(make, twin, sql);
  for (const Index& index : table.indexes) {
    if (index.uses.count(twin.from) == 0 || !index.constraint.empty()) continue;
    sql.push_back(fmt::format("ALTER INDEX {} RENAME TO {}",
                              sql::quote({table.name.schema, temporary_name(make, index.name)}),
                              sql::quote_identifier(index.name)));
  }
  for (const Index& index : table.indexes) {
    if (index.uses.count(twin.from) > 0) append_index_properties(twin, index, sql);
  }
  append_properties(twin, sql);
  return sql;
}

std::vector<plan::LockClaim> take_place_locks(const Maker& make, const ColumnTwin& twin) {
  const Catalog& catalog = make.context.catalog;
  std::vector<plan::LockClaim> locks;
  for (const Constraint& constraint : twin.table.constraints) {
    if (constraint.kind == ConstraintKind::kForeignKey && uses(constraint, twin))
      append(locks, family(catalog, constraint.referenced, LockMode::kAccessExclusive));
  }
  append(locks, family(catalog, twin.table, LockMode::kAccessExclusive));
  for (const Index& index : twin.table.indexes) {
    if (index.uses.count(twin.from) > 0) locks.push_back(dropped_index(twin.table, index));
  }
  for (const catalog::QualifiedName& sequence :
       owned_sequences(catalog, twin.table.name, twin.from)) {
    locks.push_back({sequence, LockMode::kShareRowExclusive});
  }
  return locks;
}

}  // namespace lockstep::operations
