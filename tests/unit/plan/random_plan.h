#pragma once

#include <cstdint>

#include "lockstep/plan/plan.h"

namespace lockstep::test {

/// A plan with every kind of body, every enumerator sooner or later, and text that JSON has to
/// escape. Sealed. The same seed gives the same plan.
plan::Plan random_plan(std::uint32_t seed);

}  // namespace lockstep::test
