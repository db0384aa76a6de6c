#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/plan/step.h"

// RULES.md 2 and 4: what must wait for what, by the objects that steps touch.

namespace lockstep::planner {

/// Why one step cannot run before another.
struct Conflict {
  plan::Touch object;  ///< of the step that must wait
};

/// Whether `later` must not run before `earlier`, of the same file: it touches what `earlier`
/// changes, or changes what `earlier` needs.
std::optional<Conflict> depends_within_file(const plan::Step& later, const plan::Step& earlier);

/// The same across migrations, where only creating, dropping and renaming count.
std::optional<Conflict> depends_across_files(const plan::Step& later, const plan::Step& earlier);

/// "column users.phone", for messages.
std::string describe(const plan::Touch& touch);

}  // namespace lockstep::planner
