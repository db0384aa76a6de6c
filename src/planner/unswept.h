#pragma once

#include <optional>

#include "lockstep/plan/step.h"

namespace lockstep::planner {

/// RULES.md 3: `earlier` changes rows before the deploy, and nothing tells these from what the
/// deployed application writes afterwards; `later` adds a constraint on a column that it fills.
/// That column, or nothing if it is not so.
std::optional<plan::Touch> constrains_unswept(const plan::Step& later, const plan::Step& earlier);

bool creates_relation(const plan::Step& step, const plan::QualifiedName& relation);

}  // namespace lockstep::planner
