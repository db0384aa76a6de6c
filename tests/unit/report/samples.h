#pragma once

#include "lockstep/fleet/results.h"
#include "lockstep/plan/plan.h"

namespace lockstep::test {

plan::Step transaction_step(const std::string& id, const std::string& title,
                            const std::string& table, catalog::LockMode mode);

/// Two migrations, two cohorts: a staged NOT NULL column in expand, a dropped column in contract.
fleet::Planned planned();

}  // namespace lockstep::test
