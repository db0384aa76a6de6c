#include "sequences/type_in_place.h"

#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/carried_over.h"
#include "sequences/constraint.h"
#include "sequences/drops.h"

namespace lockstep::operations {

using catalog::Constraint;
using catalog::LockMode;
using catalog::Relation;
using plan::Step;
using How = plan::Touch::How;

namespace {

class InPlace {
 public:
  InPlace(const Maker& make, const TypeInPlace& change)
      : make_(make), change_(change), table_(change.changed.table) {}

  std::vector<Step> steps() {
    touches_.push_back(touch_column(How::kChanges, table_.name, column()));
    if (!change_.new_table) take_checks_off();
    std::vector<std::string> sql = checks_off_;
    sql.push_back(alter(change_.action));
    sql.insert(sql.end(), checks_again_.begin(), checks_again_.end());
    if (has_in_the_way(hanging())) {
      sql = carried(std::move(sql));
      for (plan::Touch& touch : carried_touches(hanging())) touches_.push_back(std::move(touch));
    }
    std::vector<Step> steps;
    steps.push_back(make_.transaction(
        change_.phase, fmt::format("change the type of {} to {}", column(), change_.type),
        std::move(sql), locks(), undo(), std::move(touches_)));
    Step& step = steps.front();
    step.rewrite = change_.new_table && change_.converts;
    step.scan = step.rewrite ||
                (change_.new_table && !change_.changed.same && !change_.changed.rechecks.empty());
    for (Step& validation : validations_) steps.push_back(std::move(validation));
    return steps;
  }

 private:
  const std::string& column() const { return change_.changed.column.name; }
  Hanging hanging() const { return {make_.context.catalog, table_, column()}; }

  std::string alter(const std::string& action) const {
    return alter_table(table_.name,
                       fmt::format("ALTER COLUMN {} {}", sql::quote_identifier(column()), action));
  }

  /// Whatever is in the way stands aside for as long as it takes.
  std::vector<std::string> carried(std::vector<std::string> sql) const {
    sql.insert(sql.begin(), take_off(hanging(), column()));
    sql.push_back(put_back());
    return sql;
  }

  void take_checks_off() {
    const catalog::Catalog& catalog = make_.context.catalog;
    for (const Constraint* check : change_.changed.rechecks) {
      StagedConstraint staged{table_,
                              check->name,
                              check_definition(*check),
                              check->columns,
                              {},
                              family(catalog, table_, LockMode::kAccessExclusive),
                              family(catalog, table_, LockMode::kShareUpdateExclusive),
                              change_.phase};
      checks_off_.push_back(drop_constraint_sql(table_.name, check->name));
      checks_again_.push_back(
          add_constraint_sql(table_.name, check->name, staged.definition + " NOT VALID"));
      if (check->comment) {
        checks_again_.push_back(
            fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", sql::quote_identifier(check->name),
                        sql::quote(table_.name), sql::quote_literal(*check->comment)));
      }
      touches_.push_back(touch_constraint(How::kChanges, table_.name, check->name));
      if (check->validated) validations_.push_back(validate(make_, staged));
    }
  }

  /// Foreign keys are made again, which locks the tables at their other ends; so are indexes, out
  /// of what is stored of them.
  std::vector<plan::LockClaim> locks() const {
    const catalog::Catalog& catalog = make_.context.catalog;
    std::vector<plan::LockClaim> locks;
    for (const catalog::QualifiedName& other : change_.changed.referenced) {
      append(locks, family(catalog, other, LockMode::kAccessExclusive));
    }
    const auto own = family(catalog, table_, LockMode::kAccessExclusive);
    append(locks, own);
    for (const catalog::QualifiedName& other : change_.changed.referencing) {
      append(locks, family(catalog, other, LockMode::kAccessExclusive));
    }
    for (const plan::LockClaim& member : own) {
      const Relation* relation = catalog.find(member.relation);
      if (!relation) continue;
      for (const catalog::Index& index : relation->indexes) {
        if (index.uses.count(column()) > 0) locks.push_back(dropped_index(*relation, index));
      }
    }
    append(locks, carried_locks(hanging()));
    return locks;
  }

  plan::Undo undo() const {
    // It goes with its table.
    if (change_.new_table) return undo_exact();
    const ChangedColumn& changed = change_.changed;
    if (!changed.back_is_instant || !changed.rechecks.empty()) {
      return undo_none(fmt::format("the type {}: going back would read or rewrite all of {}",
                                   changed.column.type, shown(table_.name)));
    }
    std::string back = "TYPE " + changed.column.type;
    if (!changed.column.collation.empty()) back += " COLLATE " + changed.column.collation;
    if (!has_in_the_way(hanging())) return undo_exact({alter(back)});
    return undo_exact(carried({alter(back)}));
  }

  const Maker& make_;
  const TypeInPlace& change_;
  const Relation& table_;
  std::vector<std::string> checks_off_;
  std::vector<std::string> checks_again_;
  std::vector<Step> validations_;
  std::vector<plan::Touch> touches_;
};

}  // namespace

std::vector<Step> type_in_place_steps(const Maker& make, const TypeInPlace& change) {
  return InPlace(make, change).steps();
}

}  // namespace lockstep::operations
