#include "lockstep/report/purge.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/report/problems.h"
#include "lockstep/text/units.h"
#include "news.h"
#include "run_result.h"

namespace lockstep::report {
namespace {

using database::KeptObject;
using fleet::ApplyOutcome;
using fleet::PurgePlan;
using fleet::PurgeResult;
using Mode = PurgeView::Mode;

constexpr std::size_t kMostNamed = 5;

std::string shown(const KeptObject& kept) {
  return core::display(kept.table) + (kept.column.empty() ? "" : "." + kept.column);
}

/// What several tenants have kept alike.
struct Group {
  std::string object;
  std::string kind;
  std::string step;
  std::string state;
  std::string until;  ///< the first of them
  std::vector<std::string> tenants;
};

std::string state_of(const KeptObject& kept) {
  if (kept.restored > 0) {
    return "half brought back";
  }
  if (!kept.found) {
    return "gone already";
  }
  return kept.over ? "over since" : "until";
}

std::vector<Group> grouped(const std::vector<KeptObject>& objects) {
  std::vector<Group> groups;
  for (const KeptObject& kept : objects) {
    const std::string object = shown(kept);
    const std::string state = state_of(kept);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& each) {
      return each.object == object && each.step == kept.step && each.state == state;
    });
    if (group == groups.end()) {
      groups.push_back(
          {object, kept.column.empty() ? "table" : "column", kept.step, state, kept.until, {}});
      group = groups.end() - 1;
    }
    group->until = std::min(group->until, kept.until);
    group->tenants.push_back(tenant_words(kept.tenant.name) +
                             (kept.tenant_exists ? "" : " (gone)"));
  }
  return groups;
}

std::string objects_text(const std::vector<KeptObject>& objects) {
  std::vector<std::vector<std::string>> rows;
  for (const Group& group : grouped(objects)) {
    const bool dated = group.state == "over since" || group.state == "until";
    rows.push_back({printable(group.kind + " " + group.object), "dropped by " + group.step,
                    dated ? group.state + " " + group.until : group.state,
                    printable(listed(group.tenants, kMostNamed))});
  }
  return table(rows, "  ");
}

/// Every name once.
std::vector<std::string> names_of(const std::vector<KeptObject>& objects) {
  std::vector<std::string> names;
  for (const KeptObject& kept : objects) {
    const std::string name = shown(kept);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

std::string nothing_to_do(const PurgePlan& plan, const PurgeView& view) {
  if (plan.kept.empty()) {
    return "Nothing is kept.\n";
  }
  if (view.mode == Mode::kRestore) {
    return fmt::format("Nothing by the name {} is kept. There is:\n{}",
                       listed(view.names, kMostNamed), objects_text(plan.kept));
  }
  return "Nothing to purge: nothing is over its grace.\n" + objects_text(plan.kept);
}

Json object_json(const KeptObject& kept, bool chosen) {
  return {
      {"tenant", kept.tenant.name},
      {"tenant_exists", kept.tenant_exists},
      {"object", shown(kept)},
      {"kind", kept.column.empty() ? "table" : "column"},
      {"migration", kept.migration},
      {"step", kept.step},
      {"kept_as", core::display(kept.kept_as) + (kept.column.empty() ? "" : "." + kept.column_as)},
      {"found", kept.found},
      {"since", kept.since},
      {"until", kept.until},
      {"over", kept.over},
      {"parts_restored", kept.restored},
      {"chosen", chosen}};
}

std::string_view mode_word(Mode mode) {
  switch (mode) {
    case Mode::kList:
      return "list";
    case Mode::kDryRun:
      return "dry-run";
    case Mode::kPurge:
      return "purge";
    case Mode::kRestore:
      return "restore";
  }
  return "";
}

}  // namespace

std::string purge_plan_text(const PurgePlan& plan, const PurgeView& view, const Style& style) {
  const Paint paint(style);
  if (view.mode == Mode::kList) {
    return plan.kept.empty() ? "Nothing is kept.\n"
                             : paint.bold("Kept") + "\n" + objects_text(plan.kept);
  }
  if (plan.chosen.empty()) {
    return nothing_to_do(plan, view);
  }
  return paint.bold(view.mode == Mode::kRestore ? "Comes back" : "Goes for good") + "\n" +
         objects_text(plan.chosen);
}

std::string purge_text(const PurgeResult& result, const PurgeView& view, const Style& style) {
  const Paint paint(style);
  if (result.plan.chosen.empty()) {
    return nothing_to_do(result.plan, view);
  }
  const fleet::ApplyResult& run = result.run;
  const std::vector<std::string> names = names_of(result.plan.chosen);
  std::string text =
      fmt::format("{}: {} {} {}", headword(run, paint), printable(listed(names, kMostNamed)),
                  names.size() == 1 ? "is" : "are",
                  view.mode == Mode::kRestore ? "there again" : "gone for good");
  if (run.tenants.total > 0) {
    text += fmt::format(" in {} of {}", run.tenants.done, counted(run.tenants.total, "tenant"));
  }
  if (run.steps.done > 0) {
    text += fmt::format(", {} in {}, longest wait for a lock at most {}",
                        counted(run.steps.done, "step"), text::format_duration(run.duration),
                        text::format_duration(run.longest_lock_wait));
  }
  text += ".\n" + problems_text(run.refusals, style) + failures_text(run, style) + left_text(run);
  for (const std::string& line : view.next) {
    text += line + "\n";
  }
  return text;
}

std::string purge_json(const PurgeResult& result, const PurgeView& view) {
  Json json;
  json["format"] = "lockstep.purge/1";
  json["mode"] = mode_word(view.mode);
  add_run(json, result.run);
  Json kept = Json::array();
  for (const KeptObject& each : result.plan.kept) {
    const bool chosen = std::any_of(
        result.plan.chosen.begin(), result.plan.chosen.end(), [&](const KeptObject& other) {
          return other.tenant.id == each.tenant.id && other.step == each.step;
        });
    kept.push_back(object_json(each, chosen));
  }
  json["kept"] = kept;
  return printed(json);
}

}  // namespace lockstep::report
