#include "alter_constraint.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/list.h"
#include "support/table_action.h"
#include "support/yaml.h"

namespace lockstep::operations::alter_constraint {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

constexpr std::string_view kDeferred = " INITIALLY DEFERRED";
constexpr std::string_view kDeferrable = " DEFERRABLE";

/// When it is checked.
struct Timing {
  bool deferrable = false;
  bool initially_deferred = false;
  friend bool operator==(const Timing&, const Timing&) = default;
};

/// As the server prints it, at the end of the definition.
Timing timing_of(const Constraint& constraint) {
  return {constraint.deferrable, constraint.definition.find(kDeferred) != std::string::npos};
}

std::string_view words(Timing timing) {
  if (timing.initially_deferred) return "DEFERRABLE INITIALLY DEFERRED";
  return timing.deferrable ? "DEFERRABLE INITIALLY IMMEDIATE" : "NOT DEFERRABLE";
}

void erase(std::string& text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at != std::string::npos) text.erase(at, part.size());
}

void set(Constraint& constraint, Timing timing) {
  constraint.deferrable = timing.deferrable;
  if (constraint.definition.empty()) return;
  erase(constraint.definition, kDeferred);
  erase(constraint.definition, kDeferrable);
  std::string added(timing.deferrable ? kDeferrable : "");
  if (timing.initially_deferred) added += kDeferred;
  const std::size_t end = constraint.definition.find(" NOT VALID");
  constraint.definition.insert(end == std::string::npos ? constraint.definition.size() : end,
                               added);
}

class AlterConstraint final : public TableAction {
 public:
  AlterConstraint(TableTarget table, sql::AlterConstraint action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "alter_constraint"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table) return judge.take();
    const Constraint* constraint = table->constraint(action_.name);
    if (!constraint) {
      if (!table->assumed) {
        judge.problem(
            fmt::format("table {} has no constraint {}", shown(table->name), action_.name),
            "Check the name; \\d in psql lists them.");
      }
      return judge.take();
    }
    if (constraint->kind != ConstraintKind::kForeignKey) {
      judge.problem(fmt::format("{} is no foreign key, and PostgreSQL alters no other constraint",
                                action_.name),
                    "Drop it, and add it again with the new properties.");
      return judge.take();
    }
    if (!constraint->attached_to.empty()) {
      judge.problem(fmt::format("{} is a part of {}, the foreign key of the partitioned table",
                                action_.name, constraint->attached_to),
                    "Alter that.");
      return judge.take();
    }
    if (timing_of(*constraint) == wanted()) return judge.take();
    if (natural(*table, *constraint, context) == Phase::kContract) {
      judge.report({.id = "alter-constraint",
                    .verdict = plan::Verdict::kInstant,
                    .effect = wanted().initially_deferred
                                  ? fmt::format("A row that {} forbids is found at COMMIT, no more "
                                                "at the statement that writes it.",
                                                action_.name)
                                  : fmt::format("A transaction that breaks {} for a while fails at "
                                                "the statement, no more at COMMIT, if at all.",
                                                action_.name),
                    .remedy = "It happens in contract, after the deploy."});
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    const Constraint* constraint = table ? table->constraint(action_.name) : nullptr;
    if (!constraint || timing_of(*constraint) == wanted()) return {};
    const Maker make{*this, context};
    const Phase phase = natural(*table, *constraint, context);
    Step step = make.transaction(phase, fmt::format("make {} {}", action_.name, in_words()),
                                 {alter(*table, wanted())},
                                 family(context.catalog, *table, LockMode::kAccessExclusive),
                                 undo_exact({alter(*table, timing_of(*constraint))}),
                                 {touch_relation(How::kNeeds, table->name),
                                  touch_constraint(How::kChanges, table->name, action_.name)});
    if (phase == Phase::kContract)
      step.note = "is contract because the deployed application may rely on when it is checked";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    const Constraint* constraint = table ? table->constraint(action_.name) : nullptr;
    if (!constraint || constraint->kind != ConstraintKind::kForeignKey) return;
    const Context context{catalog};
    if (phase != phase_of(*this, context, natural(*table, *constraint, context))) return;
    set_in_family(catalog, *table, action_.name);
  }

  std::string describe() const override {
    return fmt::format("alter_constraint table={} name={} {}", shown(target().name), action_.name,
                       words(wanted()));
  }

 private:
  Timing wanted() const { return {action_.deferrable, action_.initially_deferred}; }

  std::string_view in_words() const {
    if (wanted().initially_deferred) return "deferred";
    return wanted().deferrable ? "deferrable" : "not deferrable";
  }

  /// Whoever does not ask for it notices nothing of a key that can be deferred.
  Phase natural(const Relation& table, const Constraint& constraint, const Context& context) const {
    const Timing before = timing_of(constraint);
    const bool relaxes =
        wanted().deferrable && before.initially_deferred == wanted().initially_deferred;
    return relaxes || is_new(table, *this, context) ? Phase::kExpand : Phase::kContract;
  }

  std::string alter(const Relation& table, Timing timing) const {
    return alter_table(table.name, fmt::format("ALTER CONSTRAINT {} {}",
                                               sql::quote_identifier(action_.name), words(timing)));
  }

  void set_in_family(catalog::Catalog& catalog, Relation& table, const std::string& key) const {
    for (Constraint& constraint : table.constraints) {
      if (constraint.name == key) set(constraint, wanted());
    }
    for (const catalog::QualifiedName& child : table.partitions) {
      Relation* partition = catalog.find(child);
      if (!partition) continue;
      for (const Constraint& part : std::vector<Constraint>(partition->constraints)) {
        if (part.attached_to == key) set_in_family(catalog, *partition, part.name);
      }
    }
  }

  sql::AlterConstraint action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table,
                                         const sql::AlterConstraint& action, const Origin& origin) {
  return one(std::make_unique<AlterConstraint>(table, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation alter_constraint", problems);
  const TableTarget table = yaml_table(fields, problems);
  sql::AlterConstraint action;
  action.name = yaml_identifier(fields, "name", problems);
  action.initially_deferred = fields.boolean("initially_deferred").value_or(false);
  action.deferrable = fields.boolean("deferrable").value_or(action.initially_deferred);
  fields.finish();
  return from_statement(table, action, origin);
}

}  // namespace lockstep::operations::alter_constraint
