#include "sequences/carried_over.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/carried_over_sql.h"

namespace lockstep::operations {

using catalog::Dependant;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::RelationKind;
using How = plan::Touch::How;

namespace {

bool is_view(const Dependant& dependant) {
  return dependant.kind == "view";
}

bool reads(const Dependant& dependant, const Hanging& hanging) {
  return dependant.columns.count(hanging.column) > 0;
}

std::string named(const Dependant& dependant) {
  return fmt::format("{} {}", dependant.kind, shown(dependant.name));
}

/// Views that read the relation by way of others, and what of it stands in the way of making them
/// anew.
class Readers {
 public:
  explicit Readers(const catalog::Catalog& catalog) : catalog_(catalog) {}

  void add(const Dependant& view) {
    if (!seen_.insert(view.name).second) return;
    const Relation* found = catalog_.find(view.name);
    if (!found || found->kind != RelationKind::kView) {
      in_the_way_.push_back(named(view));
      return;
    }
    views_.push_back(found);
    for (const Dependant& dependant : found->dependants) {
      if (is_view(dependant)) {
        add(dependant);
      } else if (dependant.kind != "rule") {  // its own are made again with it
        in_the_way_.push_back(
            fmt::format("{}, by way of view {}", named(dependant), shown(view.name)));
      }
    }
  }

  bool has(const QualifiedName& name) const { return seen_.count(name) > 0; }
  const std::vector<const Relation*>& views() const { return views_; }
  const std::vector<std::string>& in_the_way() const { return in_the_way_; }

 private:
  const catalog::Catalog& catalog_;
  std::set<QualifiedName> seen_;
  std::vector<const Relation*> views_;
  std::vector<std::string> in_the_way_;
};

Readers readers_of(const Hanging& hanging) {
  Readers readers(hanging.catalog);
  for (const Dependant& dependant : hanging.table.dependants) {
    if (is_view(dependant) && reads(dependant, hanging)) readers.add(dependant);
  }
  return readers;
}

/// Of the table whose column it is, where another one has it among its dependants.
bool is_carried_policy(const Dependant& dependant, const Hanging& hanging) {
  if (dependant.kind != "policy of another table") return false;
  return std::any_of(hanging.table.dependants.begin(), hanging.table.dependants.end(),
                     [&](const Dependant& policy) {
                       return policy.kind == "policy" && reads(policy, hanging) &&
                              dependant.name ==
                                  QualifiedName{hanging.table.name.schema,
                                                hanging.table.name.name + "." + policy.name.name};
                     });
}

/// What is made again by its text.
bool is_text(const Dependant& dependant) {
  return is_view(dependant) || dependant.kind == "policy";
}

/// The relation as a whole: rows of it that others store would lose the column's value.
bool stores_rows(const Dependant& dependant) {
  return dependant.kind == "column";
}

bool can_be_made_again(const Dependant& dependant, Likeness likeness) {
  if (dependant.kind == "statistics" || dependant.kind == "publication") return true;
  return is_text(dependant) && likeness != Likeness::kOther;
}

}  // namespace

std::vector<std::string> cannot_be_carried(const Hanging& hanging, Likeness likeness) {
  std::vector<std::string> names;
  for (const Dependant& dependant : hanging.table.dependants) {
    const bool concerned = reads(dependant, hanging) || stores_rows(dependant);
    if (concerned && !can_be_made_again(dependant, likeness)) names.push_back(named(dependant));
  }
  for (const catalog::Trigger& trigger : hanging.table.triggers) {
    // Its twin for the other name would fire for the same INSERT.
    const bool mixed =
        trigger.update_of.count(hanging.column) > 0 && (trigger.on_insert || trigger.on_delete);
    if (likeness == Likeness::kSameType && mixed) {
      names.push_back(fmt::format("trigger {}, which is not for UPDATE OF alone", trigger.name));
    } else if (likeness == Likeness::kOther && trigger.uses.count(hanging.column) > 0) {
      names.push_back("trigger " + trigger.name);
    }
  }
  if (likeness == Likeness::kOther) return names;
  const Readers readers = readers_of(hanging);
  names.insert(names.end(), readers.in_the_way().begin(), readers.in_the_way().end());
  return names;
}

std::string take_off(const Hanging& hanging, const std::string& column) {
  const Relation& table = hanging.table;
  TakeOff what{table.name.in_tenant() ? fmt::format("'{}'", core::kTenantSchemaInLiteralInBody)
                                      : sql::quote_literal(table.name.schema),
               sql::quote_literal(table.name.name), sql::quote_literal(column)};
  for (const Dependant& dependant : table.dependants) {
    if (!reads(dependant, hanging)) continue;
    what.views = what.views || is_view(dependant);
    what.policies = what.policies || dependant.kind == "policy";
    what.statistics = what.statistics || dependant.kind == "statistics";
    what.publications = what.publications || dependant.kind == "publication";
  }
  what.triggers = std::any_of(
      table.triggers.begin(), table.triggers.end(),
      [&](const catalog::Trigger& trigger) { return trigger.uses.count(hanging.column) > 0; });
  const catalog::Column* found = table.column(hanging.column);
  what.identity = found && found->identity != catalog::Identity::kNone;
  return take_off_sql(what);
}

std::string put_back() {
  return put_back_sql();
}

std::vector<plan::LockClaim> carried_locks(const Hanging& hanging) {
  const Readers readers = readers_of(hanging);
  std::vector<plan::LockClaim> locks;
  for (const auto& [name, relation] : hanging.catalog.relations) {
    const bool asked = std::any_of(
        relation.dependants.begin(), relation.dependants.end(), [&](const Dependant& dependant) {
          return readers.has(dependant.name) || is_carried_policy(dependant, hanging);
        });
    if (asked && name != hanging.table.name && !readers.has(name)) {
      locks.push_back({name, LockMode::kAccessShare});
    }
  }
  for (const Relation* view : readers.views()) {
    locks.push_back({view->name, LockMode::kAccessExclusive});
  }
  return locks;
}

std::vector<plan::Touch> carried_touches(const Hanging& hanging) {
  std::vector<plan::Touch> touches;
  const Readers readers = readers_of(hanging);
  for (const Relation* view : readers.views()) {
    touches.push_back(touch_relation(How::kChanges, view->name));
  }
  for (const Dependant& dependant : hanging.table.dependants) {
    if (!reads(dependant, hanging) || is_view(dependant)) continue;
    if (dependant.kind == "policy") {
      touches.push_back({How::kChanges, "policy", hanging.table.name, dependant.name.name});
    } else if (dependant.kind == "statistics") {
      touches.push_back({How::kChanges, "statistics", dependant.name, {}});
    }
  }
  for (const catalog::Trigger& trigger : hanging.table.triggers) {
    if (trigger.uses.count(hanging.column) == 0) continue;
    touches.push_back(touch_trigger(How::kChanges, hanging.table.name, trigger.name));
  }
  return touches;
}

bool has_in_the_way(const Hanging& hanging) {
  const auto& triggers = hanging.table.triggers;
  const auto& dependants = hanging.table.dependants;
  return std::any_of(triggers.begin(), triggers.end(),
                     [&](const auto& trigger) { return trigger.uses.count(hanging.column) > 0; }) ||
         std::any_of(dependants.begin(), dependants.end(), [&](const Dependant& dependant) {
           return dependant.kind != "statistics" && reads(dependant, hanging);
         });
}

std::string named_by_objects(const Hanging& hanging) {
  std::vector<std::string> names;
  for (const Dependant& dependant : hanging.table.dependants) {
    if (dependant.kind != "statistics" && reads(dependant, hanging)) {
      names.push_back(named(dependant));
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string carried_names(const Hanging& hanging) {
  const Readers readers = readers_of(hanging);
  std::vector<std::string> names;
  for (const Relation* view : readers.views()) names.push_back("view " + shown(view->name));
  for (const Dependant& dependant : hanging.table.dependants) {
    if (reads(dependant, hanging) && !is_view(dependant)) names.push_back(named(dependant));
  }
  for (const catalog::Trigger& trigger : hanging.table.triggers) {
    if (trigger.uses.count(hanging.column) > 0) names.push_back("trigger " + trigger.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace lockstep::operations
