#include "backlog.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/migration_key.h"

namespace lockstep::execution {

Backlog::Backlog(database::Ledger& ledger, database::Session& session, TenantWork& work,
                 StoredList stored_list)
    : ledger_(ledger), session_(session), work_(work), stored_list_(std::move(stored_list)) {}

Backlog::Found Backlog::put_into(Agenda& agenda) {
  std::vector<database::StepRecord> records;
  if (work_.resumes) {
    const Found found = load(agenda, records);
    if (found != Found::kWork) {
      return found;
    }
  }
  for (const PlannedMigration& planned : work_.planned) {
    agenda.add(planned.start.migration, planned.steps, false);
  }
  agenda.settle(std::move(records));
  return Found::kWork;
}

Backlog::Found Backlog::load(Agenda& agenda, std::vector<database::StepRecord>& records) {
  const database::Profiles found = ledger_.profiles(session_, {work_.tenant.name});
  if (found.profiles.empty() ||
      found.profiles.front().tenants.front().schema_oid != work_.tenant.schema_oid) {
    return Found::kNoSchema;
  }
  for (const database::TenantMigration& row : found.profiles.front().migrations) {
    load_migration(agenda, row);
  }
  records = ledger_.tenant_state(session_, work_.tenant.id).steps;
  return other_texts_.empty() ? Found::kWork : Found::kOtherText;
}

void Backlog::load_migration(Agenda& agenda, const database::TenantMigration& row) {
  const auto planned = std::find_if(
      work_.planned.begin(), work_.planned.end(),
      [&](const PlannedMigration& each) { return each.start.migration == row.migration; });
  if (planned != work_.planned.end()) {
    const bool other = planned->start.checksum != row.checksum;
    const bool again = row.over() && core::is_repeatable(row.migration) && other;
    planned->start.replaces =
        row.only_stored() && (other || planned->start.step_list != row.step_list);
    if (again || planned->start.replaces) {
      return;
    }
    if (other && !core::is_repeatable(row.migration)) {
      other_texts_.push_back(
          fmt::format("{} stands here with another text: its checksum is {:.8}, and this file's is"
                      " {:.8}",
                      row.migration, row.checksum, planned->start.checksum));
      return;
    }
    work_.planned.erase(planned);
  }
  if (!row.over() && !work_.left_out.contains(row.migration)) {
    agenda.add(row.migration, stored_list_(row.step_list), true);
  }
}

database::Failure Backlog::other_text() const {
  return {std::string(database::kOtherText),
          fmt::format("another run began {}", fmt::join(other_texts_, "; ")),
          "two runs worked with different files: see which text is wanted, and run it again with"
          " that",
          {}};
}

}  // namespace lockstep::execution
