#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/database/ledger.h"
#include "lockstep/fleet/results.h"

namespace lockstep::fleet {

struct PurgeRequest {
  /// Bring these back instead of removing anything: "users", "users.legacy_note", as they were
  /// dropped.
  std::vector<std::string> restore;
  /// An expression for rows that were written meanwhile, where a restored column must not be NULL.
  std::string fill;
  /// Also what is within its grace.
  bool now = false;
};

struct PurgePlan {
  std::vector<database::KeptObject> kept;  ///< by the selected tenants, and by those that are gone
  std::vector<database::KeptObject> chosen;  ///< of them: what goes, or comes back
  std::size_t tenants = 0;                   ///< with something in `chosen`
};

struct PurgeResult {
  PurgePlan plan;   ///< what there was to do at the beginning
  ApplyResult run;  ///< `done`: tenants in which nothing of it is left to do
};

}  // namespace lockstep::fleet
