#include "others.h"

#include <algorithm>

namespace lockstep::fleet {

using database::Profile;
using database::TenantMigration;

Others::Others(const std::vector<Profile>& everybody, const std::set<std::string>& fresh) {
  for (const Profile& profile : everybody) {
    const bool in_use = std::any_of(
        profile.tenants.begin(), profile.tenants.end(),
        [&](const database::LedgerTenant& tenant) { return !fresh.contains(tenant.name); });
    if (in_use) {
      profiles_.push_back({profile.migrations, {}});
    }
  }
}

bool Others::all_through(const core::MigrationId& id) const {
  return std::all_of(profiles_.begin(), profiles_.end(), [&](const Profile& profile) {
    const TenantMigration* row = row_of(profile, id);
    return row != nullptr && row->over();
  });
}

bool Others::release_over(const core::MigrationId& id) const {
  bool any = false;
  for (const Profile& profile : profiles_) {
    if (const TenantMigration* row = row_of(profile, id)) {
      if (!row->over()) {
        return false;
      }
      any = true;
    }
  }
  return any;
}

}  // namespace lockstep::fleet
