#include "workload.h"

#include <algorithm>

namespace lockstep::fleet {

using database::LedgerTenant;
using database::Profile;

namespace {

class Count {
 public:
  Count(const Goal& goal, PhaseChoice phase)
      : goal_(goal),
        expand_(phase != PhaseChoice::kContract),
        contract_(phase != PhaseChoice::kExpand) {}

  void begins(const std::string& tenant,
              const std::vector<execution::PlannedMigration>& migrations) {
    if (!migrations.empty()) {
      tenants_.insert(tenant);
    }
    for (const execution::PlannedMigration& migration : migrations) {
      steps_ += of_phase(migration.start.expand_steps, migration.start.contract_steps);
    }
  }

  /// Profiles of which the same is left to others are asked for together.
  void goes_on(const Profile& profile) {
    const std::set<std::string> others = left_out(profile, goal_);
    const auto ours = [&](const database::TenantMigration& row) {
      const bool running = row.state == database::MigrationState::kRunning;
      const bool expanded = row.state == database::MigrationState::kExpanded;
      return ((running && expand_) || ((running || expanded) && contract_)) &&
             !others.contains(row.migration);
    };
    if (std::none_of(profile.migrations.begin(), profile.migrations.end(), ours)) {
      return;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      stored_[others].push_back(tenant.id);
      tenants_.insert(tenant.name);
    }
  }

  Workload result(database::Ledger& ledger, database::Session& session) {
    for (const auto& [others, tenants] : stored_) {
      for (const database::StepsLeft& left : ledger.steps_left(session, tenants)) {
        if (!others.contains(left.migration)) {
          steps_ += of_phase(left.expand, left.contract);
        }
      }
    }
    tenants_.erase(std::string(database::kSharedTenant));
    return {tenants_.size(), steps_};
  }

 private:
  std::size_t of_phase(std::int64_t expand, std::int64_t contract) const {
    return static_cast<std::size_t>((expand_ ? expand : 0) + (contract_ ? contract : 0));
  }

  const Goal& goal_;
  bool expand_;
  bool contract_;
  std::map<std::set<std::string>, std::vector<database::TenantId>> stored_;
  std::set<std::string> tenants_;
  std::size_t steps_ = 0;
};

}  // namespace

Workload workload_of(const Binding& binding, const Survey& survey, const Goal& goal,
                     PhaseChoice phase, database::Ledger& ledger, database::Session& session) {
  Count count(goal, phase);
  count.begins(std::string(database::kSharedTenant), binding.shared);
  for (const Binding::Tenant& tenant : binding.tenants) {
    count.begins(tenant.name, tenant.planned);
  }
  std::for_each(survey.profiles.begin(), survey.profiles.end(),
                [&](const Profile& profile) { count.goes_on(profile); });
  count.goes_on(survey.shared);
  return count.result(ledger, session);
}

}  // namespace lockstep::fleet
