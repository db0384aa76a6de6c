#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/fleet/results.h"
#include "lockstep/plan/plan.h"
#include "lockstep/report/style.h"

// Parts of a plan in words, shared by the text and the Markdown form.

namespace lockstep::report {

/// "! add-column-volatile-default: ..." with its remedy below, wrapped, with a line feed.
std::string hazard_text(const plan::Hazard& hazard, std::string_view indent, const Style& style);
/// "refused", "staged", "allowed", "instant".
std::string_view verdict_words(plan::Verdict verdict);

/// "AccessExclusive users", "locks nothing in use", or "unknown locks" of code that declares none.
std::string locks_words(const plan::Step& step);
/// How long and whom it blocks: "instant", "1.2 M rows, about 25 s, resumable", "unknown time, at
/// most max_hold".
std::string duration_words(const plan::Step& step);
/// "kept for 7 days", of a step that keeps something.
std::string kept_words(const plan::Step& step);
/// "undo exact", "cannot be undone", "kept for 7 days".
std::string undo_words(const plan::Step& step);

/// "0007.1 to 0007.3" or "0007.1".
std::string step_range(const std::vector<std::string>& ids);
/// "0007.2; 0007.4 to 0007.8": what the plain statement does at once where tables are small. Empty
/// if nothing of these steps is.
std::string direct_ranges(const std::vector<const plan::Step*>& steps);
/// Steps' notes, one sentence for each run of equal ones.
std::vector<std::string> notes(const std::vector<const plan::Step*>& steps);

/// A migration's steps in one phase, as the first cohort that has any of them runs them.
struct StepGroup {
  const plan::Cohort* cohort = nullptr;
  std::vector<const plan::Step*> steps;
};
StepGroup steps_of(const plan::Plan& plan, const std::string& migration, core::Phase phase);

/// How a cohort's steps differ from those shown: "without 0008.2 (create index x)".
std::vector<std::string> cohort_differences(const plan::Plan& plan, const plan::Cohort& cohort);

/// The first step that cannot be undone, in execution order (all expands, then all contracts).
const plan::Step* first_irreversible(const plan::Plan& plan);

/// "Plan 4f1c9e2a", "2 migrations", "50 tenants in 2 cohorts", "PostgreSQL 15.18".
std::vector<std::string> headline(const fleet::Planned& planned);

/// Short form of a plan's id, as people read it.
std::string short_id(const std::string& id);

/// "require_phone" as "require phone".
std::string spoken(std::string name);

}  // namespace lockstep::report
