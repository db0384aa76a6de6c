#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/plan/step.h"

namespace lockstep::execution {

/// What is to be taken back in one tenant.
struct TakeBack {
  std::set<std::string> migrations;  ///< keys; of what has not been begun there, nothing is
  /// Also what gives less back than there was (RULES.md 12).
  bool accept_loss = false;
};

/// What is to become of what steps of a tenant have kept.
struct GraceWork {
  enum class What { kPurge, kRestore };
  What what = What::kPurge;
  std::set<std::string> steps;  ///< ids; what is not kept any more is left alone
  /// kRestore: an expression for rows that have none of a column that must not be NULL.
  std::string fill = {};
};

/// A migration as it stands in a tenant.
struct StandingSteps {
  std::string migration;
  database::MigrationState state = database::MigrationState::kRunning;
  std::shared_ptr<const std::vector<plan::Step>> steps;  ///< none for a baseline
  std::set<std::string> done;  ///< ids of those that changed something, or began to
};

/// Why migrations cannot be taken back, or not without loss. The steps belong to the lists that
/// were looked at.
struct Objections {
  std::vector<std::string> baselines;       ///< keys: nobody knows how to undo them
  std::vector<const plan::Step*> contract;  ///< begun: the deployed application may rely on them
  std::vector<const plan::Step*> lossy;     ///< their undo does not give back all

  bool forbid(bool accept_loss) const noexcept {
    return !baselines.empty() || !contract.empty() || (!lossy.empty() && !accept_loss);
  }
};
Objections objections_to(const std::vector<StandingSteps>& standing);

/// The ids of the steps that changed something by their records, or began to and may have.
std::set<std::string> standing_steps(const std::vector<plan::Step>& steps,
                                     const std::vector<database::StepRecord>& records);

/// "0007.2 (add column phone): loses what was written to users.phone".
std::string loss_of(const plan::Step& step);

}  // namespace lockstep::execution
