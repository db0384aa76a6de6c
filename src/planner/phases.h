#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/plan/step.h"

// RULES.md 2, 4 and 27: what must wait for what, and what lies outside of the tenant, by the
// objects that steps touch.

namespace lockstep::planner {

/// Why one step cannot run before another.
struct Conflict {
  plan::Touch object;  ///< of the step that must wait
};

/// Whether `later` must not run before `earlier`, of the same file: it touches what `earlier`
/// changes, or changes what `earlier` needs.
std::optional<Conflict> depends_within_file(const plan::Step& later, const plan::Step& earlier);

/// The same for a step whose author wants it in expand: what decides only which rows the one or the
/// other leaves (triggers, functions, foreign keys, defaults) is the author's to judge.
std::optional<Conflict> depends_despite_override(const plan::Step& later,
                                                 const plan::Step& earlier);

/// Whether `later`, in expand, runs before `earlier`, in contract, though one of them changes rows
/// and the outcome depends on their order. Where it is in another file nothing is blocked by that.
std::optional<Conflict> overtakes(const plan::Step& later, const plan::Step& earlier);

/// The same across migrations, where only creating, dropping and renaming count.
std::optional<Conflict> depends_across_files(const plan::Step& later, const plan::Step& earlier);

/// The first object outside of the tenant that the step changes, creates, drops or renames; null
/// where there is none. What it only needs (reads, locks, calls) does not count.
const plan::Touch* changes_outside(const plan::Step& step);

/// "column users.phone", "rows of billing.plans", for messages.
std::string describe(const plan::Touch& touch);

}  // namespace lockstep::planner
