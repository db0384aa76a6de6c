#pragma once

#include <map>
#include <string>
#include <vector>

#include "lockstep/execution/executor.h"
#include "survey.h"

namespace lockstep::fleet {

/// Who runs what: the steps of a plan, tenant by tenant, as far as they have not begun.
struct Binding {
  /// Tenants with migrations to begin, in rollout order, without ids. The shared scope has its own.
  struct Tenant {
    std::string name;
    std::vector<execution::PlannedMigration> planned;  ///< step lists not stored yet: no hash
  };
  std::vector<Tenant> tenants;
  std::vector<execution::PlannedMigration> shared;
  std::vector<std::string> vanished;  ///< in the plan, but there is no such schema
  std::vector<plan::RefusedTenants> refused;
};

/// A plan that was made from this survey a moment ago.
Binding bind_fresh(const plan::Plan& plan, const Survey& survey, const Files& files);

/// Throws core::Refused with everything that changed since a plan was saved: the database's
/// identity, the files and, if strict about them, the tenants.
void refuse_stale(const plan::Plan& plan, const plan::DatabaseIdentity& now, const Survey& survey,
                  const Files& files, bool strict_tenants);

/// A saved plan that is not stale, against structures as they are now (RULES.md 24). Tenants that
/// have begun go on with their stored steps and are not compared.
Binding bind_saved(const plan::Plan& plan, const Survey& survey, const Files& files,
                   database::CatalogReader& catalog, const FleetOptions& options);

}  // namespace lockstep::fleet
