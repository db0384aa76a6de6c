#pragma once

#include <vector>

#include "preflight.h"

namespace lockstep::fleet {

/// Steps that hold more locks at once than the server's lock table is made for: they fail with "out
/// of shared memory", as a change of a table with very many partitions does. The server is asked
/// only where a step locks many relations.
std::vector<PreflightFailure> beyond_lock_table(database::Session& session,
                                                const std::vector<PreflightWork>& works);

}  // namespace lockstep::fleet
