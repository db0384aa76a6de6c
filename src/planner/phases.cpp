#include "phases.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace lockstep::planner {

using plan::Step;
using plan::Touch;
using How = plan::Touch::How;

namespace {

bool comes_or_goes(How how) {
  return how == How::kCreates || how == How::kDrops || how == How::kRenames;
}

bool whole_relation(const Touch& touch) {
  return touch.kind == "relation" && comes_or_goes(touch.how);
}

/// The same object, or one is a whole table that comes or goes and the other a part of it.
bool overlap(const Touch& a, const Touch& b) {
  if (a.name != b.name) return false;
  if (a.kind == b.kind && a.sub_name == b.sub_name) return true;
  return whole_relation(a) || whole_relation(b);
}

/// "users.email", "schema billing", "database app".
std::string name_of(const Touch& touch) {
  if (touch.name.schema.empty()) return touch.name.name;
  if (touch.name.name.empty()) return "schema " + touch.name.schema;
  const std::string name = core::display(touch.name);
  return touch.sub_name.empty() ? name : fmt::format("{}.{}", name, touch.sub_name);
}

template <class Matters>
std::optional<Conflict> find(const Step& later, const Step& earlier, Matters matters) {
  for (const Touch& before : earlier.touches) {
    for (const Touch& after : later.touches) {
      if (matters(before, after) && overlap(before, after)) return Conflict{after};
    }
  }
  return std::nullopt;
}

/// What decides what a change of rows does, as a set. Its members come and go in any order: each
/// has a touch of its own.
bool is_set(const Touch& touch) {
  return touch.kind == "triggers" || touch.kind == "references" || touch.kind == "defaults";
}

bool ordered(const Touch& before, const Touch& after) {
  const bool before_needs = before.how == How::kNeeds;
  const bool after_needs = after.how == How::kNeeds;
  return is_set(before) && is_set(after) ? before_needs != after_needs
                                         : !before_needs || !after_needs;
}

bool changes_rows(const Step& step) {
  return step.operation == "update_rows" || step.operation == "delete_rows" ||
         step.operation == "insert_rows" || std::holds_alternative<plan::BackfillBody>(step.body);
}

/// Not what sweeps behind an update of expand: that one has done what the author wrote.
bool changes_rows_first_in_contract(const Step& step) {
  return std::any_of(step.touches.begin(), step.touches.end(), [](const Touch& touch) {
    return touch.kind == "rows" && touch.how == How::kChanges;
  });
}

}  // namespace

std::optional<Conflict> depends_within_file(const Step& later, const Step& earlier) {
  return find(later, earlier, ordered);
}

std::optional<Conflict> depends_despite_override(const Step& later, const Step& earlier) {
  const bool rows_change = changes_rows(later) || changes_rows(earlier);
  return find(later, earlier, [&](const Touch& before, const Touch& after) {
    const bool reads = before.how == How::kNeeds || after.how == How::kNeeds;
    if (is_set(after) || (after.kind == "function" && rows_change)) return false;
    if (after.kind == "rows" && (reads || earlier.operation == "update_rows")) return false;
    return ordered(before, after);
  });
}

std::optional<Conflict> overtakes(const Step& later, const Step& earlier) {
  if (later.phase != core::Phase::kExpand || earlier.phase != core::Phase::kContract) {
    return std::nullopt;
  }
  const bool first = changes_rows_first_in_contract(earlier);
  const bool both = first && changes_rows(later);
  const bool any = first || changes_rows(later);
  return find(later, earlier, [&](const Touch& before, const Touch& after) {
    if (before.kind != after.kind || !ordered(before, after)) return false;
    if (after.kind == "column") return both;
    return any && (is_set(after) || after.kind == "rows" || after.kind == "function");
  });
}

std::optional<Conflict> depends_across_files(const Step& later, const Step& earlier) {
  return find(later, earlier, [](const Touch& before, const Touch& after) {
    return comes_or_goes(before.how) || after.how == How::kDrops || after.how == How::kRenames;
  });
}

const Touch* changes_outside(const Step& step) {
  const auto found = std::find_if(step.touches.begin(), step.touches.end(), [](const Touch& touch) {
    // A foreign key that is gone changes nothing of the table that it referenced.
    return touch.how != How::kNeeds && touch.kind != "references" && !touch.name.in_tenant();
  });
  return found == step.touches.end() ? nullptr : &*found;
}

std::string describe(const Touch& touch) {
  const std::string name = core::display(touch.name);
  if (touch.kind == "column") return fmt::format("column {}.{}", name, touch.sub_name);
  if (touch.kind == "constraint") return fmt::format("constraint {} of {}", touch.sub_name, name);
  if (touch.kind == "rows") return fmt::format("rows of {}", name);
  if (touch.kind == "triggers") return fmt::format("the triggers of {}", name);
  if (touch.kind == "references") return fmt::format("the foreign keys that reference {}", name);
  if (touch.kind == "defaults") return fmt::format("the defaults of {}", name);
  if (touch.kind == "comment") return fmt::format("the comment on {}", name_of(touch));
  if (touch.kind == "privileges") return fmt::format("privileges on {}", name_of(touch));
  return fmt::format("{} {}", touch.kind, name);
}

}  // namespace lockstep::planner
