#include "rules/replaced_constraint.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/words.h"
#include "sequences/constraint.h"
#include "support/added_constraint.h"
#include "support/constraint_names.h"
#include "support/dropped_constraint.h"
#include "support/fold.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::ConstraintDef;
using How = plan::Touch::How;

namespace {

const DroppedConstraint* as_drop(const Operation& operation) {
  return dynamic_cast<const DroppedConstraint*>(&operation);
}

const AddedConstraint* as_add(const Operation& operation) {
  return dynamic_cast<const AddedConstraint*>(&operation);
}

bool has_staged_form(const AddedConstraint& added) {
  const ConstraintDef::Kind kind = added.wanted().kind;
  return kind == ConstraintDef::Kind::kCheck || kind == ConstraintDef::Kind::kForeignKey;
}

/// The author's name, else the first that PostgreSQL tries: nobody else has it if the dropped one
/// did.
std::string expected_name(const AddedConstraint& added) {
  const ConstraintDef& wanted = added.wanted();
  const std::string& table = added.target().name.name;
  if (wanted.name) return *wanted.name;
  return wanted.kind == ConstraintDef::Kind::kCheck
             ? catalog::check_name_choices(table, constrained_columns(wanted)).front()
             : catalog::foreign_key_name_choices(table, wanted.columns).front();
}

bool adds_constraint(const Step& step, const std::string& name) {
  return std::holds_alternative<plan::TransactionBody>(step.body) &&
         std::any_of(step.touches.begin(), step.touches.end(), [&](const plan::Touch& touch) {
           return touch.how == How::kCreates && touch.kind == "constraint" &&
                  touch.sub_name == name;
         });
}

template <class List>
void put_in_front(const List& first, List& list) {
  list.insert(list.begin(), first.begin(), first.end());
}

std::vector<plan::LockClaim> together(const std::vector<plan::LockClaim>& first,
                                      const std::vector<plan::LockClaim>& second) {
  std::vector<plan::LockClaim> locks = first;
  append(locks, second);
  return merge(std::move(locks));
}

/// `first` and `step` in one transaction: nobody ever sees what is between them.
void join(const Step& first, Step& step, const Catalog& catalog) {
  auto& body = std::get<plan::TransactionBody>(step.body);
  put_in_front(std::get<plan::TransactionBody>(first.body).sql, body.sql);
  step.title = first.title + ", " + step.title;
  step.locks = together(first.locks, step.locks);
  body.lock_first = lockable(catalog, step.locks);
  put_in_front(first.touches, step.touches);
  step.irreversible = step.irreversible || first.irreversible;
  if (first.undo.gives == plan::UndoGives::kNone) {
    step.undo = first.undo;
  } else {
    step.undo.sql.insert(step.undo.sql.end(), first.undo.sql.begin(), first.undo.sql.end());
    step.undo.former.insert(step.undo.former.end(), first.undo.former.begin(),
                            first.undo.former.end());
  }
}

/// The plain statements do the work of `first` too.
void join_direct(const Step& first, Step& step, const Catalog& catalog) {
  if (!step.direct) return;
  put_in_front(std::get<plan::TransactionBody>(first.body).sql, step.direct->sql);
  step.direct->locks = together(first.locks, step.direct->locks);
  step.direct->lock_first = lockable(catalog, step.direct->locks);
}

class ReplacedConstraint final : public Operation {
 public:
  ReplacedConstraint(OperationPtr drop, OperationPtr add)
      : Operation(add->origin()), drop_(std::move(drop)), add_(std::move(add)) {}

  std::string_view name() const noexcept override { return add_->name(); }

  void request(catalog::CatalogRequest& request) const override {
    drop_->request(request);
    add_->request(request);
  }

  Judgement judge(const Context& context) const override {
    Judgement judgement = drop_->judge(context);
    Catalog after = without_old(context);
    Judgement added =
        add_->judge({after, context.assumptions ? &after : nullptr, adds_in_contract(context)});
    if (context.assumptions) {
      for (const auto& [assumed, relation] : after.relations) {
        context.assumptions->relations.emplace(assumed, relation);
      }
    }
    std::move(added.hazards.begin(), added.hazards.end(), std::back_inserter(judgement.hazards));
    std::move(added.problems.begin(), added.problems.end(), std::back_inserter(judgement.problems));
    return judgement;
  }

  std::vector<Step> plan(const Context& context) const override {
    std::vector<Step> drops = drop_->plan(context);
    const Catalog after = without_old(context);
    std::vector<Step> adds = add_->plan({after, nullptr, adds_in_contract(context)});
    const Constraint* old = find_old(context.catalog);
    const auto adding = std::find_if(adds.begin(), adds.end(), [&](const Step& step) {
      return adds_constraint(step, old_name());
    });
    if (!old || drops.size() != 1 || adding == adds.end()) {
      return in_order(std::move(drops), std::move(adds));
    }
    const Step& drop = drops.front();
    const bool at_once = drop.phase == adding->phase;
    if (may_stay(*old, context.catalog) || (at_once && is_check_or_key(*old))) {
      exchange(drop, adds.front(), *adding, context);
      return adds;
    }
    if (both_are_checks(*old) && !at_once) {
      std::vector<Step> first;
      first.push_back(relax_to_stand_in(drop, *old, context));
      leave_stand_in(adds.front(), *adding, *old, context);
      return in_order(std::move(first), std::move(adds));
    }
    return in_order(std::move(drops), std::move(adds));
  }

  void apply(Catalog& catalog, Phase phase) const override {
    if (Relation* table = catalog.find(target())) {
      fold_drop_constraint(catalog, *table, stand_in());
    }
    drop_->apply(catalog, phase);
    add_->apply(catalog, phase);
  }

  std::string describe() const override { return drop_->describe() + "; " + add_->describe(); }

 private:
  const catalog::QualifiedName& target() const { return as_add(*add_)->target().name; }
  const ConstraintDef& wanted() const { return as_add(*add_)->wanted(); }
  const std::string& old_name() const { return as_drop(*drop_)->action().name; }

  /// Holds from expand to contract.
  std::string stand_in() const { return catalog::helper_name(origin().migration, 1, old_name()); }

  const Constraint* find_old(const Catalog& catalog) const {
    const Relation* table = catalog.find(target());
    return table ? table->constraint(old_name()) : nullptr;
  }

  /// Where the old one goes in contract, the new one has its name no earlier.
  bool adds_in_contract(const Context& context) const {
    return context.contract_only || drop_->origin().phase == Phase::kContract;
  }

  Catalog without_old(const Context& context) const {
    Catalog after = context.catalog;
    drop_->apply(after, Phase::kExpand);
    return after;
  }

  static bool is_check_or_key(const Constraint& old) {
    return old.kind == ConstraintKind::kCheck || old.kind == ConstraintKind::kForeignKey;
  }

  /// Whether the old one refuses no row that the new one accepts.
  bool may_stay(const Constraint& old, const Catalog& catalog) const {
    if (!is_check_or_key(old)) return false;
    const std::string definition = sql::words_of(old.definition) + " ";
    // PostgreSQL 18; such a one refuses nothing at all.
    if (definition.ends_with(" not enforced ")) return true;
    return same_keys(old, catalog) && is_as_lenient(old, definition);
  }

  /// A foreign key from the same columns to the same ones.
  bool same_keys(const Constraint& old, const Catalog& catalog) const {
    return old.kind == ConstraintKind::kForeignKey &&
           wanted().kind == ConstraintDef::Kind::kForeignKey && old.columns == wanted().columns &&
           old.referenced == catalog.qualify(wanted().referenced) &&
           old.referenced_columns == referenced_columns(catalog, wanted());
  }

  /// MATCH FULL refuses NULL beside a value; and what is asked at once refuses rows whose reference
  /// comes later in their transaction.
  bool is_as_lenient(const Constraint& old, const std::string& definition) const {
    const auto says = [&](std::string_view words) {
      return definition.find(words) != std::string::npos;
    };
    return (wanted().match_full || !says(" match full ")) &&
           (old.deferrable || !wanted().deferrable) &&
           (says(" initially deferred ") || !wanted().initially_deferred);
  }

  bool both_are_checks(const Constraint& old) const {
    const bool goes_down =
        !wanted().no_inherit && old.definition.find("NO INHERIT") == std::string::npos;
    return old.kind == ConstraintKind::kCheck && wanted().kind == ConstraintDef::Kind::kCheck &&
           old.check.has_value() && goes_down;
  }

  /// The new one comes, not valid yet, in the transaction in which the old one goes.
  static void exchange(const Step& drop, Step& first, Step& adding, const Context& context) {
    if (drop.phase != adding.phase) {
      adding.note =
          "keeps the old one until the deploy is over; phase = expand on both statements brings "
          "the new one before it";
    }
    join(drop, adding, context.catalog);
    join_direct(drop, first, context.catalog);
  }

  std::string add_stand_in_sql(const Relation& table, const Constraint& old) const {
    return add_constraint_sql(
        table.name, stand_in(),
        fmt::format("CHECK (({}) OR ({})) NOT VALID", old.check->text, wanted().check->text));
  }

  /// The application that is being deployed may need what only the new one accepts, the deployed
  /// one what only the old one does. Until contract stands what both of them satisfy.
  Step relax_to_stand_in(const Step& drop, const Constraint& old, const Context& context) const {
    const Maker make{*drop_, context};
    const Relation& table = *context.catalog.find(target());
    const std::string drop_stand_in = drop_constraint_sql(table.name, stand_in());
    // What gives the old one back does so before the stand-in goes.
    plan::Undo undo = drop.undo;
    if (undo.gives != plan::UndoGives::kNone) undo.sql.push_back(drop_stand_in);
    std::vector<plan::Touch> touches = stand_in_touches(table, old);
    touches.insert(touches.end(), drop.touches.begin(), drop.touches.end());
    Step step = make.transaction(
        Phase::kExpand, fmt::format("add {}, not valid, drop {}", stand_in(), old_name()),
        {add_stand_in_sql(table, old), drop_constraint_sql(table.name, old_name())},
        family(context.catalog, table, LockMode::kAccessExclusive), std::move(undo),
        std::move(touches));
    step.irreversible = drop.irreversible;
    step.note = fmt::format(
        "leaves {} in the place of {} until contract: rows have to satisfy the old condition or "
        "the new one",
        stand_in(), old_name());
    return step;
  }

  void leave_stand_in(Step& first, Step& adding, const Constraint& old,
                      const Context& context) const {
    const Maker make{*drop_, context};
    const Relation& table = *context.catalog.find(target());
    const Step leaving =
        make.transaction(Phase::kContract, fmt::format("drop {}", stand_in()),
                         {drop_constraint_sql(table.name, stand_in())},
                         family(context.catalog, table, LockMode::kAccessExclusive),
                         undo_exact({add_stand_in_sql(table, old)}),
                         {touch_constraint(How::kDrops, table.name, stand_in())});
    join(leaving, adding, context.catalog);
    join_direct(leaving, first, context.catalog);
  }

  std::vector<plan::Touch> stand_in_touches(const Relation& table, const Constraint& old) const {
    std::vector<plan::Touch> touches;
    std::vector<std::string> columns = old.check->columns;
    for (const std::string& column : wanted().check->columns) {
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
        columns.push_back(column);
      }
    }
    for (const std::string& column : columns) {
      touches.push_back(touch_column(How::kNeeds, table.name, column));
    }
    touches.push_back(touch_constraint(How::kCreates, table.name, stand_in()));
    return touches;
  }

  OperationPtr drop_;
  OperationPtr add_;
};

}  // namespace

namespace {

/// Each on its own, in a table that is in use; the author's word first.
Phase phase_of_drop(const Operation& drop) {
  return drop.origin().phase.value_or(Phase::kExpand);
}

Phase phase_of_add(const Operation& add) {
  return add.origin().phase.value_or(Phase::kContract);
}

/// Whether both can be one without anything against the author's word: what was written of the
/// DROP alone says when nothing of the old one is to be left.
bool phases_agree(const Operation& drop, const Operation& add) {
  return phase_of_drop(drop) == phase_of_add(add) || !drop.origin().phase;
}

}  // namespace

bool replaces_constraint(const Operation& drop, const Operation& add) {
  const DroppedConstraint* dropped = as_drop(drop);
  const AddedConstraint* added = as_add(add);
  if (!dropped || !added || !has_staged_form(*added)) return false;
  return dropped->target().name == added->target().name &&
         dropped->action().name == expected_name(*added) && phases_agree(drop, add) &&
         drop.origin().allows == add.origin().allows;
}

OperationPtr replaced_constraint(OperationPtr drop, OperationPtr add) {
  return std::make_unique<ReplacedConstraint>(std::move(drop), std::move(add));
}

bool adds_check_or_key(const Operation& operation) {
  if (dynamic_cast<const ReplacedConstraint*>(&operation)) return true;
  const AddedConstraint* added = as_add(operation);
  return added && has_staged_form(*added);
}

}  // namespace lockstep::operations
