#pragma once

#include "lockstep/plan/plan.h"

namespace lockstep::fleet {

/// Keeps a fresh plan to what somebody was shown and has agreed to. A tenant that joined meanwhile
/// may take one of the step lists that were shown; tenants with other steps become refused ones.
/// Throws core::Refused where the shared schemas' steps have changed.
void keep_to_shown(const plan::Plan& shown, plan::Plan& fresh);

}  // namespace lockstep::fleet
