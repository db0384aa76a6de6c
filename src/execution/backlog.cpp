#include "backlog.h"

#include <algorithm>
#include <utility>

#include "lockstep/core/migration_key.h"

namespace lockstep::execution {
namespace {

bool is_over(const database::TenantMigration& row) {
  return row.state == database::MigrationState::kDone ||
         row.state == database::MigrationState::kBaseline;
}

bool untouched(const database::TenantMigration& row) {
  return !row.begun && !is_over(row);
}

}  // namespace

Backlog::Backlog(database::Ledger& ledger, database::Session& session, TenantWork& work,
                 StoredList stored_list)
    : ledger_(ledger), session_(session), work_(work), stored_list_(std::move(stored_list)) {}

bool Backlog::put_into(Agenda& agenda) {
  std::vector<database::StepRecord> records;
  if (work_.resumes && !load(agenda, records)) {
    return false;
  }
  for (const PlannedMigration& planned : work_.planned) {
    agenda.add(planned.start.migration, planned.steps, false);
  }
  agenda.settle(std::move(records));
  return true;
}

bool Backlog::load(Agenda& agenda, std::vector<database::StepRecord>& records) {
  const database::Profiles found = ledger_.profiles(session_, {work_.tenant.name});
  if (found.profiles.empty() ||
      found.profiles.front().tenants.front().schema_oid != work_.tenant.schema_oid) {
    return false;
  }
  const std::vector<database::TenantMigration>& rows = found.profiles.front().migrations;
  edited_ = std::any_of(rows.begin(), rows.end(), [&](const database::TenantMigration& row) {
    const auto planned = planned_for(row);
    return planned != work_.planned.end() && untouched(row) &&
           planned->start.checksum != row.checksum;
  });
  for (const database::TenantMigration& row : rows) {
    load_migration(agenda, row);
  }
  records = ledger_.tenant_state(session_, work_.tenant.id).steps;
  return true;
}

std::vector<PlannedMigration>::iterator Backlog::planned_for(const database::TenantMigration& row) {
  return std::find_if(
      work_.planned.begin(), work_.planned.end(),
      [&](const PlannedMigration& planned) { return planned.start.migration == row.migration; });
}

void Backlog::load_migration(Agenda& agenda, const database::TenantMigration& row) {
  const auto planned = planned_for(row);
  if (planned != work_.planned.end()) {
    const bool again = is_over(row) && core::is_repeatable(row.migration) &&
                       planned->start.checksum != row.checksum;
    // Steps are stored here of which nothing stands, and a file was edited since.
    planned->start.replaces =
        edited_ && untouched(row) && planned->start.step_list != row.step_list;
    if (again || planned->start.replaces) {
      return;
    }
    work_.planned.erase(planned);
  }
  if (!is_over(row) && !work_.left_out.contains(row.migration)) {
    agenda.add(row.migration, stored_list_(row.step_list), true);
  }
}

}  // namespace lockstep::execution
