#pragma once

#include <string>
#include <vector>

#include "support/judge.h"
#include "support/touches.h"

namespace lockstep::operations {

/// What the deployed application may know of a constraint by its name.
void judge_constraint_name(Judge& judge, const catalog::Constraint& constraint);

inline constexpr const char* kConstraintNameNote =
    "is contract because the deployed application may know the constraint by its name";

void append_constraint_touches(std::vector<plan::Touch>& touches,
                               const catalog::QualifiedName& table, const std::string& from,
                               const std::string& to);

}  // namespace lockstep::operations
