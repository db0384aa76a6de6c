#include "sequences/column_copies.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/index_build.h"
#include "sequences/not_null.h"
#include "support/column_copy.h"
#include "support/foreign_keys.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::LockMode;
using catalog::ReferencingKey;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_copied(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kCheck ||
         constraint.kind == ConstraintKind::kForeignKey;
}

/// A foreign key of the table to the column itself.
bool references_own(const Replacement& replacement, const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kForeignKey &&
         constraint.referenced == replacement.table.name &&
         contains(constraint.referenced_columns, replacement.column.name);
}

/// The columns of one side of something, with the other column in the place of the column.
std::vector<std::string> renamed(std::vector<std::string> names, const Replacement& replacement) {
  std::replace(names.begin(), names.end(), replacement.column.name, replacement.fresh);
  return names;
}

/// Whether a foreign key stands on an index that only includes the column: the copy would stand on
/// the same one.
bool is_referenced(const Relation& table, const Index& index) {
  return std::any_of(
      table.referenced_by.begin(), table.referenced_by.end(), [&](const ReferencingKey& key) {
        return std::is_permutation(key.referenced_columns.begin(), key.referenced_columns.end(),
                                   index.columns.begin(), index.columns.end());
      });
}

const Constraint* constraint_of(const Catalog& catalog, const ReferencingKey& key) {
  const Relation* table = catalog.find(key.table);
  return table ? table->constraint(key.constraint) : nullptr;
}

void append_indexes(std::vector<std::string>& parts, const Replacement& replacement, bool lint) {
  for (const Index& index : replacement.table.indexes) {
    if (index.uses.count(replacement.column.name) == 0) continue;
    const bool only_included = index.unique && !contains(index.columns, replacement.column.name);
    if (index.exclusion || !index.valid) {
      parts.push_back(
          fmt::format("{} {}", index.valid ? "exclusion constraint" : "invalid index", index.name));
    } else if (only_included && is_referenced(replacement.table, index)) {
      parts.push_back(fmt::format("index {}, which foreign keys stand on", index.name));
    } else if (!lint && !definition_of(index)) {
      parts.push_back(
          fmt::format("index {}, which a migration that is not applied yet makes", index.name));
    }
  }
}

void append_references(std::vector<std::string>& parts, const Catalog& catalog,
                       const Replacement& replacement, bool lint) {
  for (const ReferencingKey& key : replacement.table.referenced_by) {
    if (!contains(key.referenced_columns, replacement.column.name)) continue;
    const Relation* table = catalog.find(key.table);
    const Constraint* constraint = constraint_of(catalog, key);
    // PostgreSQL adds no foreign key NOT VALID to a partitioned table.
    const bool partitioned = table && table->kind == catalog::RelationKind::kPartitionedTable;
    if (partitioned || (!lint && (!constraint || !definition_of(*constraint)))) {
      parts.push_back(fmt::format("foreign key {} of {}{}", key.constraint,
                                  partitioned ? "the partitioned table " : "", shown(key.table)));
    }
  }
}

class Copies {
 public:
  Copies(const Maker& make, const Replacement& replacement, const ColumnCopies& copies)
      : make_(make), replacement_(replacement), copies_(copies) {}

  std::vector<Step> steps(const CopyPhases& phases) {
    build_indexes(false, Phase::kExpand);
    if (replacement_.column.not_null) {
      append(not_null_steps(make_, {table(), replacement_.fresh, phases.keys, std::nullopt, {}}));
    }
    for (const ConstraintCopy& copy : copies_.constraints) {
      const bool check = copy.original->kind == ConstraintKind::kCheck;
      copy_constraint(copy, check ? phases.checks : phases.keys);
    }
    build_indexes(true, phases.unique);
    for (const ConstraintCopy& copy : copies_.references) copy_constraint(copy, phases.unique);
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Step& a, const Step& b) { return a.phase < b.phase; });
    return std::move(steps_);
  }

 private:
  const Relation& table() const { return replacement_.table; }
  const std::string& from() const { return replacement_.column.name; }
  const std::string& to() const { return replacement_.fresh; }
  void append(std::vector<Step> more) {
    for (Step& step : more) steps_.push_back(std::move(step));
  }

  void build_indexes(bool unique, Phase phase) {
    for (const IndexCopy& copy : copies_.indexes) {
      if (copy.original->unique != unique) continue;
      const sql::CreateIndex definition = *definition_of(*copy.original);
      IndexBuild build{table(),
                       copy.name,
                       definition.method.empty() ? "btree" : definition.method,
                       tail_with(definition, from(), to()),
                       unique,
                       uses(copy)};
      if (unique && replacement_.may_differ) {
        steps_.push_back(check_no_duplicates(make_, phase, key_of(copy, definition)));
      }
      steps_.push_back(build_concurrently(make_, phase, build));
    }
  }

  std::vector<std::string> uses(const IndexCopy& copy) const {
    return renamed({copy.original->uses.begin(), copy.original->uses.end()}, replacement_);
  }

  UniqueKey key_of(const IndexCopy& copy, const sql::CreateIndex& definition) const {
    UniqueKey key{table(), {}, uses(copy), {}, !definition.nulls_not_distinct};
    for (const sql::IndexElement& element : definition.elements) {
      key.expressions.push_back(
          element.column ? sql::quote_identifier(*element.column == from() ? to() : *element.column)
                         : sql::rename_in_expression(element.expression->text, from(), to()));
    }
    if (definition.predicate) {
      key.predicate = sql::rename_in_expression(definition.predicate->text, from(), to());
    }
    return key;
  }

  void copy_constraint(const ConstraintCopy& copy, Phase phase) {
    const sql::ConstraintDef definition = *definition_of(*copy.original);
    const bool own = copy.table->name == table().name;
    StagedConstraint staged{*copy.table, copy.name, {}, copy.original->columns, {}, {}, {}, phase};
    if (own) staged.columns = renamed(staged.columns, replacement_);
    if (copy.original->kind == ConstraintKind::kCheck) {
      stage_check(staged, *copy.original, definition);
    } else {
      stage_key(staged, *copy.original,
                own ? foreign_key_with(definition, from(), to()) : definition);
    }
    steps_.push_back(add_not_valid(make_, staged));
    if (copy.original->validated) steps_.push_back(validate(make_, staged));
  }

  void stage_check(StagedConstraint& staged, const Constraint& check,
                   const sql::ConstraintDef& definition) {
    const Catalog& catalog = make_.context.catalog;
    staged.definition = check_with(definition, from(), to());
    staged.add_locks = family(catalog, table(), LockMode::kAccessExclusive);
    staged.validate_locks = family(catalog, table(), LockMode::kShareUpdateExclusive);
    if (!replacement_.may_differ || !check.validated) return;
    sql::Expr condition = *definition.check;
    condition.text = sql::rename_in_expression(condition.text, from(), to());
    condition.columns = renamed(condition.columns, replacement_);
    steps_.push_back(check_satisfied(make_, staged.phase, table(), condition, check.name));
  }

  void stage_key(StagedConstraint& staged, const Constraint& key,
                 const sql::ConstraintDef& definition) const {
    const Catalog& catalog = make_.context.catalog;
    Relation unknown;
    unknown.name = key.referenced;
    const Relation* found = catalog.find(key.referenced);
    const bool own = key.referenced == table().name;
    const std::vector<std::string> referenced =
        own ? renamed(key.referenced_columns, replacement_) : key.referenced_columns;
    staged.definition = foreign_key_definition(definition, found ? *found : unknown, referenced);
    const auto both = [&](LockMode theirs, LockMode ours) {
      std::vector<plan::LockClaim> claims = family(catalog, key.referenced, theirs);
      operations::append(claims, family(catalog, staged.table, ours));
      return merge(std::move(claims));
    };
    staged.add_locks = both(LockMode::kShareRowExclusive, LockMode::kShareRowExclusive);
    staged.validate_locks = both(LockMode::kRowShare, LockMode::kShareUpdateExclusive);
    for (const std::string& column : referenced) {
      staged.needs.push_back(touch_column(How::kNeeds, key.referenced, column));
    }
    staged.needs.push_back(touch_references(How::kChanges, key.referenced));
  }

  const Maker& make_;
  const Replacement& replacement_;
  const ColumnCopies& copies_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<std::string> cannot_be_copied(const Catalog& catalog, const Replacement& replacement,
                                          bool lint) {
  const Relation& table = replacement.table;
  std::vector<std::string> parts;
  append_indexes(parts, replacement, lint);
  for (const Constraint& constraint : table.constraints) {
    if (!contains(constraint.columns, replacement.column.name) || !constraint.index.empty() ||
        constraint.kind == ConstraintKind::kNotNull || references_own(replacement, constraint)) {
      continue;
    }
    if (!is_copied(constraint) || (!lint && !definition_of(constraint))) {
      parts.push_back("constraint " + constraint.name);
    }
  }
  append_references(parts, catalog, replacement, lint);
  return parts;
}

void judge_unique_copies(Judge& judge, const Replacement& replacement) {
  std::vector<std::string> unique;
  std::vector<std::string> deferrable;
  for (const Index& index : replacement.table.indexes) {
    if (!index.unique || index.uses.count(replacement.column.name) == 0) continue;
    unique.push_back(index.name);
    const Constraint* constraint = replacement.table.constraint(index.constraint);
    if (constraint && constraint->deferrable) deferrable.push_back(constraint->name);
  }
  if (unique.empty()) return;
  const bool two_names = replacement.two_names();
  judge.report(
      {.id = "two-unique-indexes",
       .effect = fmt::format("{} two indexes keep the keys of {} unique: INSERT ... ON CONFLICT "
                             "fails with 23505 where another session inserts the same key at the "
                             "same moment.",
                             two_names ? "Until contract" : "In contract, until the swap,",
                             fmt::join(unique, ", ")),
       .remedy = "Let clients that write ON CONFLICT try again on 23505."});
  if (deferrable.empty()) return;
  judge.report({.id = "deferrable-key-checked-at-once",
                .effect = fmt::format("Until the swap the copy of {} is an index, which refuses at "
                                      "once what the constraint refuses at the end of a "
                                      "transaction.",
                                      fmt::join(deferrable, ", ")),
                .remedy = "If clients rely on it, drop the constraint in a statement before this "
                          "one, and add it again behind it."});
}

ColumnCopies copies_for(const Maker& make, const Replacement& replacement) {
  const auto temporary = [&](const std::string& name) {
    return catalog::helper_name(make.operation.origin().migration, 1, name);
  };
  const Relation& table = replacement.table;
  ColumnCopies copies;
  for (const Index& index : table.indexes) {
    if (index.uses.count(replacement.column.name) == 0 || !definition_of(index)) continue;
    copies.indexes.push_back({&index, temporary(index.name)});
  }
  for (const Constraint& constraint : table.constraints) {
    if (!is_copied(constraint) || !contains(constraint.columns, replacement.column.name) ||
        references_own(replacement, constraint) || !definition_of(constraint)) {
      continue;
    }
    copies.constraints.push_back({&table, &constraint, temporary(constraint.name)});
  }
  for (const ReferencingKey& key : table.referenced_by) {
    if (!contains(key.referenced_columns, replacement.column.name)) continue;
    const Constraint* constraint = constraint_of(make.context.catalog, key);
    if (!constraint || !definition_of(*constraint)) continue;
    copies.references.push_back(
        {make.context.catalog.find(key.table), constraint, temporary(constraint->name)});
  }
  return copies;
}

std::vector<Step> copy_steps(const Maker& make, const Replacement& replacement,
                             const ColumnCopies& copies, const CopyPhases& phases) {
  return Copies(make, replacement, copies).steps(phases);
}

}  // namespace lockstep::operations
