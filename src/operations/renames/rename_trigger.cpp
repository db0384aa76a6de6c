#include "renames/named_once.h"

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations::rename_object {

using catalog::Catalog;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::Trigger;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class RenameTrigger final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.relation(target());
    if (!table || table->assumed) return judge.take();
    const Trigger* trigger = find(*table, from());
    if (!trigger) {
      judge.problem(fmt::format("{} has no trigger {}", shown(table->name), from()),
                    "Check the name; \\d in psql lists them.");
      return judge.take();
    }
    if (find(*table, new_name())) {
      judge.problem(fmt::format("{} has a trigger {} already", shown(table->name), new_name()),
                    "Choose another name, or drop or rename the other one first.");
    }
    if (is_new(*table, *this, context)) return judge.take();
    if (const std::vector<std::string> passed = overtaken(*table, *trigger); !passed.empty()) {
      judge.report(
          {.id = "trigger-order",
           .verdict = plan::Verdict::kInstant,
           .effect = fmt::format("Triggers of one event fire in the order of their names: {} and "
                                 "{} change places.",
                                 new_name(), fmt::join(passed, ", ")),
           .remedy = "It happens in contract. Keep a name that sorts as the old one if the order "
                     "matters."});
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target());
    const Trigger* trigger = table ? find(*table, from()) : nullptr;
    if (!trigger) return {};
    const bool reorders = !overtaken(*table, *trigger).empty() && !is_new(*table, *this, context);
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table->name),
                                     touch_trigger(How::kRenames, table->name, from()),
                                     touch_trigger(How::kCreates, table->name, new_name())};
    if (reorders) touches.push_back(touch_triggers(How::kChanges, table->name));
    const auto alter = [&](const std::string& name, const std::string& to) {
      return fmt::format("ALTER TRIGGER {} ON {} RENAME TO {}", sql::quote_identifier(name),
                         sql::quote(table->name), sql::quote_identifier(to));
    };
    return step(context, reorders ? Phase::kContract : Phase::kExpand,
                fmt::format("trigger {}", from()),
                {alter(from(), new_name()), alter(new_name(), from())},
                descends(context.catalog, *table)
                    ? family(context.catalog, *table, LockMode::kAccessExclusive)
                    : std::vector<plan::LockClaim>{{table->name, LockMode::kAccessExclusive}},
                std::move(touches));
  }

  void apply(Catalog& catalog, Phase) const override {
    if (Relation* table = catalog.find(target())) rename(catalog, *table);
  }

 private:
  const std::string& from() const { return statement().sub_name; }

  static const Trigger* find(const Relation& table, std::string_view name) {
    const auto found = std::find_if(table.triggers.begin(), table.triggers.end(),
                                    [&](const Trigger& trigger) { return trigger.name == name; });
    return found == table.triggers.end() ? nullptr : &*found;
  }

  /// 14 leaves the triggers of partitions as they are.
  static bool descends(const Catalog& catalog, const Relation& table) {
    return catalog.version.major() >= 15 && table.kind == catalog::RelationKind::kPartitionedTable;
  }

  void rename(Catalog& catalog, Relation& table) const {
    for (Trigger& trigger : table.triggers) {
      if (trigger.name != from()) continue;
      trigger.name = new_name();
      trigger.definition.clear();
    }
    if (!descends(catalog, table)) return;
    const std::vector<QualifiedName> partitions = table.partitions;
    for (const QualifiedName& partition : partitions) {
      if (Relation* found = catalog.find(partition)) rename(catalog, *found);
    }
  }

  /// Triggers that may fire at the same moment, and did so on the other side of this one.
  std::vector<std::string> overtaken(const Relation& table, const Trigger& trigger) const {
    std::vector<std::string> names;
    for (const Trigger& other : table.triggers) {
      const bool together =
          other.before == trigger.before && other.row_level == trigger.row_level &&
          ((other.on_insert && trigger.on_insert) || (other.on_update && trigger.on_update) ||
           (other.on_delete && trigger.on_delete));
      if (other.name == trigger.name || !together) continue;
      if ((other.name < trigger.name) != (other.name < new_name())) names.push_back(other.name);
    }
    return names;
  }
};

}  // namespace

OperationPtr rename_trigger(const sql::Rename& statement, const Origin& origin) {
  return std::make_unique<RenameTrigger>(statement, origin);
}

}  // namespace lockstep::operations::rename_object
