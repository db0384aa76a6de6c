#pragma once

#include <cstddef>

#include "binding.h"
#include "survey.h"

namespace lockstep::fleet {

/// How much there is to do, for those who watch a run. What half-way tenants will have to begin
/// afterwards is not planned yet, and not counted.
struct Workload {
  std::size_t tenants = 0;  ///< with something to do; the shared scope is none
  std::size_t steps = 0;    ///< of all of them, and of the shared scope
};

/// What is to begin and what is stored and not done, of that phase. Throws DatabaseError.
Workload workload_of(const Binding& binding, const Survey& survey, const Goal& goal,
                     PhaseChoice phase, database::Ledger& ledger, database::Session& session);

}  // namespace lockstep::fleet
