#include "plan_words.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>

#include <fmt/format.h>

#include "layout.h"
#include "lockstep/catalog/catalog.h"
#include "lockstep/text/units.h"

namespace lockstep::report {
namespace {

using plan::Step;

/// "scan, about 2 s"; what takes no time worth saying is left alone.
std::string timed(const std::string& what, double seconds) {
  constexpr double kWorthSaying = 0.1;
  if (seconds < kWorthSaying) {
    return what;
  }
  return what + ", about " +
         text::format_duration(std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

bool blocks_somebody(const Step& step) {
  return std::any_of(step.locks.begin(), step.locks.end(), [](const plan::LockClaim& claim) {
    return catalog::blocks_writes(claim.mode);
  });
}

const plan::TransactionBody* as_transaction(const Step& step) {
  return std::get_if<plan::TransactionBody>(&step.body);
}

/// Code whose effect only its author knows.
bool is_opaque(const Step& step) {
  return step.operation == "sql" && as_transaction(step) != nullptr;
}

/// A statement whose work nobody can foretell, so that only max_hold bounds it. (A new enum value
/// is alone because of its commit.)
bool is_bounded_by_hold(const Step& step) {
  const plan::TransactionBody* body = as_transaction(step);
  return body != nullptr && body->alone && step.operation != "add_enum_value";
}

std::string transaction_duration(const Step& step) {
  if (as_transaction(step)->long_running && !step.scan) {
    return "unknown time, blocks no writer";
  }
  if (is_bounded_by_hold(step)) {
    return "unknown time, at most max_hold";
  }
  if (step.rewrite) {
    return timed("rewrites the table", step.estimate.seconds);
  }
  if (step.scan) {
    return timed("scan", step.estimate.seconds) + (blocks_somebody(step) ? "" : ", blocks nobody");
  }
  return "instant";
}

std::string backfill_duration(const Step& step) {
  if (step.estimate.rows < 1) {
    return "in batches, resumable";
  }
  return timed(text::format_count(step.estimate.rows) + " rows", step.estimate.seconds) +
         ", resumable";
}

/// A step by what it does, whatever its number in its cohort.
std::string identity(const Step& step) {
  return step.migration + "\n" + std::string(core::to_string(step.phase)) + "\n" + step.title;
}

}  // namespace

std::string_view verdict_words(plan::Verdict verdict) {
  switch (verdict) {
    case plan::Verdict::kRefused:
      return "refused";
    case plan::Verdict::kAllowed:
      return "allowed";
    case plan::Verdict::kExpanded:
      return "staged";
    case plan::Verdict::kInstant:
      return "instant";
  }
  return "";
}

std::string hazard_text(const plan::Hazard& hazard, std::string_view indent, const Style& style) {
  const Paint paint(style);
  const std::string deeper = std::string(indent) + "  ";
  const std::string head = fmt::format("{} {}: ", verdict_words(hazard.verdict), hazard.id);
  std::string coloured = paint.dim(head);
  if (hazard.verdict == plan::Verdict::kRefused) {
    coloured = paint.red(head);
  } else if (hazard.verdict != plan::Verdict::kInstant) {
    coloured = paint.yellow(head);
  }
  std::string result = std::string(indent) + coloured +
                       wrapped(printable(hazard.effect), style.width, deeper,
                               display_width(indent) + display_width(head)) +
                       "\n";
  if (!hazard.reason.empty()) {
    result += deeper +
              wrapped("The author's reason: " + printable(hazard.reason), style.width, deeper,
                      display_width(deeper)) +
              "\n";
  }
  if (!hazard.remedy.empty()) {
    result += deeper +
              wrapped(printable(hazard.remedy), style.width, deeper, display_width(deeper)) + "\n";
  }
  return result;
}

std::string locks_words(const Step& step) {
  if (step.locks.empty()) {
    return is_opaque(step) ? "unknown locks" : "locks nothing in use";
  }
  const auto strongest = std::max_element(step.locks.begin(), step.locks.end(),
                                          [](const plan::LockClaim& a, const plan::LockClaim& b) {
                                            return a.mode < b.mode;
                                          })
                             ->mode;
  std::vector<std::string> relations;
  for (const plan::LockClaim& claim : step.locks) {
    if (claim.mode == strongest) {
      relations.push_back(core::display(claim.relation));
    }
  }
  std::string mode(catalog::to_string(strongest));
  mode = mode.substr(0, mode.size() - std::string_view("Lock").size());
  return fmt::format("{} {}", mode, listed(relations, 2));
}

std::string duration_words(const Step& step) {
  if (as_transaction(step) != nullptr) {
    return transaction_duration(step);
  }
  if (std::holds_alternative<plan::ConcurrentBody>(step.body)) {
    return timed("concurrent", step.estimate.seconds) + ", blocks nobody";
  }
  if (std::holds_alternative<plan::BackfillBody>(step.body)) {
    return backfill_duration(step);
  }
  if (std::holds_alternative<plan::CheckBody>(step.body)) {
    return "only asks";
  }
  return "waits until it may go on";
}

std::string kept_words(const Step& step) {
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kHour = 3600;
  const std::int64_t seconds = step.keeps->seconds;
  const std::chrono::seconds time(seconds);
  return "kept for " +
         (seconds % kDay == 0    ? counted(static_cast<std::size_t>(seconds / kDay), "day")
          : seconds % kHour == 0 ? counted(static_cast<std::size_t>(seconds / kHour), "hour")
                                 : text::format_duration(time));
}

std::string undo_words(const Step& step) {
  if (step.keeps) {
    return kept_words(step);
  }
  if (step.irreversible) {
    return "cannot be undone";
  }
  switch (step.undo.gives) {
    case plan::UndoGives::kExact:
      return "undo exact";
    case plan::UndoGives::kLosesNewData:
      return "undo loses new data";
    case plan::UndoGives::kStructureOnly:
      return "undo structure only";
    case plan::UndoGives::kNone:
      return "";
  }
  return "";
}

std::string step_range(const std::vector<std::string>& ids) {
  if (ids.empty()) {
    return {};
  }
  return ids.size() == 1 ? ids.front() : fmt::format("{} to {}", ids.front(), ids.back());
}

std::string direct_ranges(const std::vector<const Step*>& steps) {
  std::string result;
  for (const Step* step : steps) {
    if (step->direct) {
      result += (result.empty() ? "" : "; ") + step_range(step->direct->replaces);
    }
  }
  return result;
}

std::vector<std::string> notes(const std::vector<const Step*>& steps) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < steps.size();) {
    std::vector<std::string> ids;
    const std::string& note = steps[i]->note;
    while (i < steps.size() && steps[i]->note == note) {
      ids.push_back(steps[i++]->id);
    }
    if (note.empty()) {
      continue;
    }
    const bool begins_with_is = note.rfind("is ", 0) == 0;
    result.push_back(step_range(ids) + " " +
                     (ids.size() > 1 && begins_with_is ? "are " + note.substr(3) : note) + ".");
  }
  return result;
}

StepGroup steps_of(const plan::Plan& plan, const std::string& migration, core::Phase phase) {
  StepGroup group;
  for (const plan::Cohort& cohort : plan.cohorts) {
    for (const Step& step : cohort.steps) {
      if (step.migration == migration && step.phase == phase) {
        group.steps.push_back(&step);
      }
    }
    if (!group.steps.empty()) {
      group.cohort = &cohort;
      return group;
    }
  }
  return group;
}

std::vector<std::string> cohort_differences(const plan::Plan& plan, const plan::Cohort& cohort) {
  std::vector<std::string> result;
  std::set<std::string> migrations;
  std::set<std::string> own;
  for (const Step& step : cohort.steps) {
    migrations.insert(step.migration);
    own.insert(identity(step));
  }
  std::set<std::string> shown;
  std::vector<std::string> without;
  for (const std::string& migration : migrations) {
    for (const core::Phase phase : {core::Phase::kExpand, core::Phase::kContract}) {
      for (const Step* step : steps_of(plan, migration, phase).steps) {
        shown.insert(identity(*step));
        if (own.count(identity(*step)) == 0) {
          without.push_back(fmt::format("{} ({})", step->id, step->title));
        }
      }
    }
  }
  std::vector<std::string> also;
  for (const Step& step : cohort.steps) {
    if (shown.count(identity(step)) == 0) {
      also.push_back(fmt::format("{} ({})", step.id, step.title));
    }
  }
  if (!without.empty()) {
    result.push_back("without " + listed(without, 4));
  }
  if (!also.empty()) {
    result.push_back("in addition " + listed(also, 4));
  }
  return result;
}

const Step* first_irreversible(const plan::Plan& plan) {
  for (const core::Phase phase : {core::Phase::kExpand, core::Phase::kContract}) {
    for (const plan::PlannedMigration& migration : plan.migrations) {
      for (const plan::Cohort& cohort : plan.cohorts) {
        for (const Step& step : cohort.steps) {
          if (step.migration == migration.version && step.phase == phase && step.irreversible) {
            return &step;
          }
        }
      }
    }
  }
  return nullptr;
}

std::vector<std::string> headline(const fleet::Planned& planned) {
  const plan::Plan& plan = planned.plan;
  std::size_t tenants = 0;
  std::size_t cohorts = 0;
  for (const plan::Cohort& cohort : plan.cohorts) {
    tenants += cohort.tenants.size();
    cohorts += cohort.scope == core::Scope::kTenant ? 1 : 0;
  }
  std::vector<std::string> parts{
      "Plan " + short_id(plan.id),
      plan.migrations.empty() ? "no new migration" : counted(plan.migrations.size(), "migration")};
  if (cohorts > 0) {
    parts.push_back(
        fmt::format("{} in {}", counted(tenants, "tenant"), counted(cohorts, "cohort")));
  }
  parts.push_back("PostgreSQL " + catalog::ServerVersion{plan.database.server_version}.text());
  return parts;
}

std::string short_id(const std::string& id) {
  return id.substr(0, 8);
}

std::string spoken(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace lockstep::report
