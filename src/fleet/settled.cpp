#include "settled.h"

#include <algorithm>
#include <utility>

namespace lockstep::fleet {
namespace {

using database::Profile;
using database::TenantMigration;

std::vector<std::string> tenants_of(const std::vector<plan::RefusedTenants>& refused) {
  std::vector<std::string> names;
  for (const plan::RefusedTenants& group : refused) {
    names.insert(names.end(), group.tenants.begin(), group.tenants.end());
  }
  return names;
}

/// Nothing where it is gone.
const std::vector<TenantMigration>* rows_of(const Survey& survey, const std::string& name) {
  if (name == database::kSharedTenant) {
    return &survey.shared.migrations;
  }
  for (const Profile& profile : survey.profiles) {
    if (std::any_of(profile.tenants.begin(), profile.tenants.end(),
                    [&](const database::LedgerTenant& tenant) { return tenant.name == name; })) {
      return &profile.migrations;
    }
  }
  return nullptr;
}

bool moved_on(const std::vector<std::string>& tenants, const Survey& before, const Survey& now) {
  return std::any_of(tenants.begin(), tenants.end(), [&](const std::string& tenant) {
    const auto* was = rows_of(before, tenant);
    const auto* is = rows_of(now, tenant);
    return (was == nullptr) != (is == nullptr) || (was != nullptr && *was != *is);
  });
}

/// Calls `make` until nobody of those whom `troubled` names in its result has moved on meanwhile.
template <typename Make, typename Troubled>
auto settled(const Ports& ports, const FleetOptions& options, database::Session& session,
             database::CatalogReader& catalog, Survey& survey, const Make& make,
             const Troubled& troubled) {
  for (;;) {
    auto made = make();
    const std::vector<std::string> tenants = troubled(made);
    if (tenants.empty()) {
      return made;
    }
    Survey now = take_survey(ports, options, session, catalog);
    if (!moved_on(tenants, survey, now)) {
      return made;
    }
    survey = std::move(now);
  }
}

}  // namespace

Planned settled_plan(const Ports& ports, const FleetOptions& options, database::Session& session,
                     database::CatalogReader& catalog, Survey& survey, const Files& files) {
  return settled(
      ports, options, session, catalog, survey,
      [&] { return make_plan(ports, options, session, catalog, survey, files); },
      [&](const Planned& made) {
        if (made.problems.empty() && made.refusals.empty()) {
          return tenants_of(made.plan.refused);
        }
        std::vector<std::string> everybody = survey.tenants;
        everybody.emplace_back(database::kSharedTenant);
        return everybody;
      });
}

Binding settled_binding(const plan::Plan& plan, const Ports& ports, const FleetOptions& options,
                        database::Session& session, database::CatalogReader& catalog,
                        Survey& survey, const Files& files) {
  return settled(
      ports, options, session, catalog, survey,
      [&] { return bind_saved(plan, survey, files, catalog, options); },
      [](const Binding& made) { return tenants_of(made.refused); });
}

}  // namespace lockstep::fleet
