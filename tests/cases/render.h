#pragma once

#include <string>
#include <vector>

#include "lockstep/plan/plan.h"

namespace lockstep::cases {

std::string render_hazards(const std::vector<plan::Hazard>& hazards);
std::string render_steps(const std::vector<plan::Step>& steps);
std::string render_problems(const std::string& kind, const core::Problems& problems);

}  // namespace lockstep::cases
