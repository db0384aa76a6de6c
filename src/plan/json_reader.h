#pragma once

#include <vector>

#include "json_fields.h"
#include "lockstep/plan/plan.h"

// The parts of a plan's JSON, each reading what json_writer.cpp writes.

namespace lockstep::plan {

LockClaim read_lock(const Place& place, Complaints& complaints);
std::vector<LockClaim> read_locks(const std::vector<Place>& places, Complaints& complaints);

/// The members of a step that depend on its kind, and the kind itself.
StepBody read_body(Fields& fields, Complaints& complaints);

std::vector<Step> read_steps(const std::vector<Place>& places, Complaints& complaints);

}  // namespace lockstep::plan
