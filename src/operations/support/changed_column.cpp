#include "support/changed_column.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "support/column_copy.h"
#include "support/fold.h"
#include "support/purity.h"
#include "support/text.h"
#include "support/types.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Column;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::Relation;

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The table, its partitions and children.
bool any_of_family(const Catalog& catalog, const Relation& table,
                   const std::function<bool(const Relation&)>& is) {
  if (is(table)) return true;
  return std::any_of(table.partitions.begin(), table.partitions.end(), [&](const auto& name) {
    const Relation* child = catalog.find(name);
    return child && any_of_family(catalog, *child, is);
  });
}

/// PostgreSQL compares what it kept of an index with what it would build; with an expression or a
/// condition in it, it builds it.
bool is_built_again(const Index& index, const std::string& column, bool keeps_plain) {
  if (index.uses.count(column) == 0) return false;
  return index.has_expressions || index.predicate || !keeps_plain;
}

bool checks(const Constraint& constraint, const std::string& column) {
  return constraint.kind == ConstraintKind::kCheck && contains(constraint.columns, column);
}

bool is_integer(const StoredType& type) {
  const std::string& name = type.name.name;
  return type.array_dimensions == 0 && (name == "int2" || name == "int4" || name == "int8");
}

bool is_string(const StoredType& type) {
  const std::string& name = type.name.name;
  return type.array_dimensions == 0 && (name == "text" || name == "varchar" || name == "bpchar");
}

/// By the number of bytes in their names.
bool is_narrower_integer(const StoredType& a, const StoredType& b) {
  return is_integer(a) && is_integer(b) && a.name.name < b.name.name;
}

/// As its author may write it: the tenant's schema is the first that is looked in.
std::string as_written(const catalog::QualifiedName& table) {
  return table.in_tenant() ? sql::quote_identifier(table.name) : sql::quote(table);
}

/// Whether the operators of an expression over one are there for the other and mean the same.
bool are_alike(const StoredType& a, const StoredType& b) {
  const bool same = a.name == b.name && a.array_dimensions == b.array_dimensions;
  const bool texts =
      is_string(a) && is_string(b) && a.name.name != "bpchar" && b.name.name != "bpchar";
  return same || texts || (is_integer(a) && is_integer(b));
}

/// Whether a foreign key may stand between them.
bool comparable(const StoredType& a, const StoredType& b) {
  const bool same = a.name == b.name && a.array_dimensions == b.array_dimensions;
  return same || (is_integer(a) && is_integer(b)) || (is_string(a) && is_string(b));
}

/// The author's literal where the default is one and no more: 'new' of 'new'::text.
std::optional<std::string> string_literal(const sql::Expr& value) {
  if (!value.is_constant || value.is_null) return std::nullopt;
  const std::set<std::string> found = literals(value.text);
  if (found.size() != 1 || value.text.empty() || value.text.front() != '\'') return std::nullopt;
  return sql::quote_literal(*found.begin());
}

}  // namespace

ChangedColumn changed_column(const Catalog& catalog, const Relation& table, const Column& column,
                             const sql::TypeName& type, const std::string& collation) {
  const StoredType from = stored_type(column.type, catalog);
  ChangedColumn changed{table, column, stored_type(type, catalog), {}};
  changed.type = type_change(from, changed.to);
  const bool same_collation = column.collation == collation;
  const bool same_name = column.type_name == resolve_type(type, catalog);
  changed.same = changed.type.same && same_collation && same_name;
  changed.keeps_values = changed.type.keeps_values;
  changed.alike = are_alike(from, changed.to);
  const bool keeps_plain = changed.type.keeps_indexes && same_collation;
  const bool builds = any_of_family(catalog, table, [&](const Relation& relation) {
    return std::any_of(relation.indexes.begin(), relation.indexes.end(), [&](const Index& index) {
      return is_built_again(index, column.name, keeps_plain);
    });
  });
  for (const Constraint& constraint : table.constraints) {
    if (checks(constraint, column.name)) changed.rechecks.push_back(&constraint);
    if (constraint.kind == ConstraintKind::kForeignKey &&
        contains(constraint.columns, column.name)) {
      changed.referenced.push_back(constraint.referenced);
    }
  }
  for (const catalog::ReferencingKey& key : table.referenced_by) {
    if (contains(key.referenced_columns, column.name)) changed.referencing.push_back(key.table);
  }
  // What only a partition checks is not ours to take off and put back.
  const bool checked_below =
      !table.partitions.empty() && any_of_family(catalog, table, [&](const Relation& relation) {
        return std::any_of(relation.constraints.begin(), relation.constraints.end(),
                           [&](const Constraint& c) { return checks(c, column.name); });
      });
  changed.instant = changed.keeps_values && !builds && !checked_below;
  changed.widens = same_collation && changed.type.keeps_indexes;
  changed.back_is_instant =
      changed.instant && type_change(changed.to, from).keeps_values && !from.constrained;
  return changed;
}

bool judge_conversion(Judge& judge, const ChangedColumn& changed,
                      const std::optional<sql::Expr>& expression, const Catalog& catalog) {
  const Column& column = changed.column;
  const std::string name = shown(changed.table.name) + "." + column.name;
  if (column.generated != catalog::Generated::kNone) {
    judge.problem(fmt::format("{} is a generated column, whose values follow others", name),
                  "Add a generated column of the new type beside it, and drop this one.");
    return false;
  }
  if (!expression && !changed.type.assignable) {
    judge.problem(fmt::format("{} has type {}, which PostgreSQL does not convert by itself", name,
                              column.type),
                  fmt::format("Add USING with an expression that does, {}::... for instance.",
                              sql::quote_identifier(column.name)));
    return false;
  }
  if (column.identity != catalog::Identity::kNone && !is_integer(changed.to)) {
    judge.problem(fmt::format("{} is an identity column, which has to be an integer", name));
    return false;
  }
  if (column.default_value && !converted_default(changed)) {
    judge.problem(fmt::format("the default of {} cannot be converted to the new type", name),
                  "Drop the default before, and set one of the new type behind it, in the same "
                  "migration.");
    return false;
  }
  if (changed.type.depends_on_session && (!expression || expression->functions.empty())) {
    judge.refuse(
        "conversion-by-settings",
        fmt::format("What comes out of {} depends on TimeZone, DateStyle and the like of whoever "
                    "converts it, and clients differ in them.",
                    name),
        "Say what is meant in USING: AT TIME ZONE 'UTC', to_char(...), to_date(...).");
    return false;
  }
  if (!expression) return true;
  if (!expression->relations.empty()) {
    judge.problem("USING cannot read other tables or rows");
    return false;
  }
  if (purity(*expression, catalog) != Purity::kDeterministic) {
    judge.refuse("conversion-not-repeatable",
                 fmt::format("USING gives another value each time: rows of {} are converted when "
                             "they are filled and when they are written.",
                             shown(changed.table.name)),
                 "Write an expression over the columns of the row alone.");
    return false;
  }
  return std::all_of(
      expression->columns.begin(), expression->columns.end(),
      [&](const std::string& read) { return judge.column(changed.table, read).has_value(); });
}

namespace {

/// Foreign keys whose other ends PostgreSQL cannot compare with the new type.
std::vector<std::string> not_comparable(const Catalog& catalog, const ChangedColumn& changed) {
  std::vector<std::string> names;
  const auto look = [&](const catalog::QualifiedName& table, const std::vector<std::string>& theirs,
                        const std::vector<std::string>& ours, const std::string& name) {
    const Relation* other = catalog.find(table);
    for (std::size_t i = 0; other && i < ours.size() && i < theirs.size(); ++i) {
      const Column* end = other->column(theirs[i]);
      if (ours[i] != changed.column.name || !end) continue;
      if (!comparable(changed.to, stored_type(end->type, catalog))) names.push_back(name);
    }
  };
  for (const Constraint& key : changed.table.constraints) {
    if (key.kind != ConstraintKind::kForeignKey) continue;
    look(key.referenced, key.referenced_columns, key.columns,
         fmt::format("{} to {}", key.name, shown(key.referenced)));
  }
  for (const catalog::ReferencingKey& key : changed.table.referenced_by) {
    look(key.table, key.columns, key.referenced_columns,
         fmt::format("{} of {}", key.constraint, shown(key.table)));
  }
  return names;
}

}  // namespace

bool judge_swappable(Judge& judge, const Catalog& catalog, const ChangedColumn& changed) {
  const Relation& table = changed.table;
  const std::string name = shown(table.name) + "." + changed.column.name;
  if (!table.partitions.empty() || table.parent) {
    judge.refuse(
        "alter-column-type-partitioned",
        fmt::format("{} has partitions or inheritance, and PostgreSQL would rewrite all of "
                    "it in one transaction.",
                    shown(table.name)),
        "Add a column of the new type, fill it with UPDATE, deploy, and drop the old one "
        "in a later migration.");
    return false;
  }
  if (changed.to.constrained) {
    judge.refuse("alter-column-type-constrained-domain",
                 "PostgreSQL rewrites the table even to add a column of a domain with NOT NULL or "
                 "CHECK.",
                 "Use the type that the domain is made of, and write its condition as a CHECK of "
                 "the table.");
    return false;
  }
  if (const auto names = not_comparable(catalog, changed); !names.empty()) {
    judge.refuse("alter-column-type-references",
                 fmt::format("{} would have a type that foreign keys cannot compare with their "
                             "other ends: {}.",
                             name, fmt::join(names, ", ")),
                 "Drop these foreign keys in a statement before it, change the columns at both "
                 "ends, and add them again behind that.");
    return false;
  }
  return true;
}

void judge_references(Judge& judge, const Catalog& catalog, const ChangedColumn& changed) {
  std::vector<std::string> narrow;
  std::vector<std::string> remedies;
  for (const catalog::ReferencingKey& key : changed.table.referenced_by) {
    const Relation* other = catalog.find(key.table);
    const std::size_t pairs = std::min(key.columns.size(), key.referenced_columns.size());
    for (std::size_t i = 0; other && i < pairs; ++i) {
      const Column* end = other->column(key.columns[i]);
      if (!end || key.referenced_columns[i] != changed.column.name ||
          !is_narrower_integer(stored_type(end->type, catalog), changed.to)) {
        continue;
      }
      narrow.push_back(fmt::format("{}.{}", shown(key.table), end->name));
      remedies.push_back(fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {};",
                                     as_written(key.table), sql::quote_identifier(end->name),
                                     changed.to.name.name == "int8" ? "bigint" : "integer"));
    }
  }
  if (narrow.empty()) return;
  judge.report(
      {.id = "referencing-columns-stay",
       .verdict = plan::Verdict::kInstant,
       .effect = fmt::format("{} {} the smaller type: numbers of {}.{} that only the new one "
                             "holds cannot be referenced.",
                             fmt::join(narrow, ", "), narrow.size() == 1 ? "keeps" : "keep",
                             shown(changed.table.name), changed.column.name),
       .remedy = fmt::format("Change them in the same file: {}", fmt::join(remedies, " "))});
}

void judge_update_triggers(Judge& judge, const Relation& table) {
  std::vector<std::string> names;
  for (const catalog::Trigger& trigger : table.triggers) {
    // UPDATE OF does not name the new column.
    if (trigger.on_update && trigger.enabled != 'D' && trigger.update_of.empty())
      names.push_back(trigger.name);
  }
  if (names.empty()) return;
  judge.report(
      {.id = "conversion-fires-triggers",
       .verdict = plan::Verdict::kInstant,
       .effect = fmt::format("Rows of {} are converted by an UPDATE of each, which fires {}.",
                             shown(table.name), fmt::join(names, ", ")),
       .remedy = "What such a trigger must not do for these rows, a time of change for instance, "
                 "it has to leave to updates that change other columns."});
}

std::optional<std::string> converted_default(const ChangedColumn& changed) {
  const std::optional<sql::Expr>& value = changed.column.default_value;
  if (!value) return std::nullopt;
  if (changed.type.assignable) return value->text;
  return string_literal(*value);
}

std::string check_definition(const Constraint& check) {
  if (!check.definition.empty() && check.validated) return check.definition;
  const std::optional<sql::ConstraintDef> words = definition_of(check);
  if (!words || !words->check) return check.definition;
  return check_with(*words, {}, {});
}

void fold_changed_column(Catalog& catalog, Relation& table, const Column& result, bool moved) {
  const auto place = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const Column& c) { return c.name == result.name; });
  if (place == table.columns.end()) return;
  *place = result;
  if (moved) std::rotate(place, place + 1, table.columns.end());
  // The server prints them with other casts now.
  for (Index& index : table.indexes) {
    if (index.uses.count(result.name) == 0) continue;
    if (index.predicate) index.predicate = std::string();
  }
  for (Constraint& constraint : table.constraints) {
    if (!checks(constraint, result.name)) continue;
    constraint.definition.clear();
    if (constraint.check) constraint.check->origin = sql::Expr::Origin::kAuthor;
  }
  for (catalog::Dependant& dependant : table.dependants) {
    if (dependant.columns.count(result.name) > 0) dependant.definition.clear();
  }
  const std::vector<catalog::QualifiedName> children = table.partitions;
  for (const catalog::QualifiedName& child : children) {
    Relation* found = catalog.find(child);
    if (!found || !found->column(result.name)) continue;
    Column same = *found->column(result.name);
    same.type = result.type;
    same.type_name = result.type_name;
    same.constrained_domain = result.constrained_domain;
    same.collation = result.collation;
    fold_changed_column(catalog, *found, same, false);
  }
}

}  // namespace lockstep::operations
