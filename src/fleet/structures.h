#pragma once

#include <set>
#include <string>
#include <vector>

#include "rollout.h"
#include "survey.h"

namespace lockstep::fleet {

/// The structure that half-way tenants had when Lockstep left them, in the ledger: so that what
/// somebody else changes between expand and contract is noticed (RULES.md 24). A few queries for
/// all tenants; tenants with nothing left to do cost nothing.
class Structures {
 public:
  Structures(const Ports& ports, const FleetOptions& options, const Files& files)
      : ports_(ports), options_(options), files_(files) {}

  /// Of the tenants that this run brought through a phase and left half way. Not where a step
  /// failed, as what is to be mended there may be the structure; nor where one was interrupted, as
  /// a build may go on without us.
  void record(database::Session& session, database::CatalogReader& catalog, const Survey& survey,
              const Tally& tally) const;

  /// Those of `tenants` that are no longer as they were left, with what differs. Tenants whose
  /// steps went on since (in a run that was killed) cannot be compared, and are not named.
  std::vector<plan::RefusedTenants> changed(database::Session& session,
                                            database::CatalogReader& catalog, const Survey& survey,
                                            const std::set<std::string>& tenants) const;

 private:
  struct Group;
  std::vector<Group> half_way(const Survey& survey, const std::set<std::string>& tenants) const;
  std::string basis_of(const std::set<std::string>& touched) const;
  plan::RefusedTenants refusal_of(
      const database::LedgerTenant& tenant, const Group& group,
      const std::map<database::TenantId, database::RecordedStructure>& recorded,
      const std::map<std::string, std::string>& now, database::CatalogReader& catalog) const;

  const Ports& ports_;
  const FleetOptions& options_;
  const Files& files_;
};

}  // namespace lockstep::fleet
