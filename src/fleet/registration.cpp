#include "registration.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/core/error.h"

namespace lockstep::fleet {
namespace {

using execution::PlannedMigration;

/// Tenants of a cohort share their lists, so each is stored once.
class ListStore {
 public:
  ListStore(database::Ledger& ledger, database::Session& session)
      : ledger_(ledger), session_(session) {}

  void store(std::vector<PlannedMigration>& all) {
    for (PlannedMigration& planned : all) {
      std::string& hash = hashes_[planned.steps.get()];
      if (hash.empty()) {
        hash = ledger_.store_step_list(session_, *planned.steps);
      }
      planned.start.step_list = hash;
      keys_.insert(planned.start.migration);
    }
  }

  const std::set<std::string>& keys() const noexcept { return keys_; }

 private:
  database::Ledger& ledger_;
  database::Session& session_;
  std::map<const std::vector<plan::Step>*, std::string> hashes_;
  std::set<std::string> keys_;
};

/// Another run, with other files, may have begun them since they were surveyed.
void refuse_other_texts(const std::vector<database::RecordedMigration>& ours,
                        const std::vector<database::RecordedMigration>& recorded) {
  core::Problems reasons;
  for (const database::RecordedMigration& our : ours) {
    const auto theirs =
        std::find_if(recorded.begin(), recorded.end(),
                     [&](const database::RecordedMigration& r) { return r.key == our.key; });
    if (theirs != recorded.end() && theirs->checksum != our.checksum) {
      reasons.push_back(
          {{},
           fmt::format("another run began {} with another text: its checksum is {:.8}, and this"
                       " file's is {:.8}",
                       our.key, theirs->checksum, our.checksum),
           "see which text is wanted, and run it again with that"});
    }
  }
  if (!reasons.empty()) {
    throw core::Refused(std::move(reasons));
  }
}

}  // namespace

database::RecordedMigration recorded_of(const std::string& key, const migration::Migration& file) {
  database::RecordedMigration migration;
  migration.key = key;
  migration.name = file.id.name;
  migration.scope = file.scope;
  migration.checksum = file.checksum;
  migration.source = file.source;
  return migration;
}

std::vector<database::RecordedMigration> rewritten(const Survey& survey, const Files& files) {
  std::vector<database::RecordedMigration> all;
  for (const database::RecordedMigration& recorded : survey.recorded) {
    const planner::Recognised* file = find_file(files, recorded.key);
    if (!recorded.begun && file != nullptr && file->migration->checksum != recorded.checksum) {
      all.push_back(recorded_of(recorded.key, *file->migration));
    }
  }
  return all;
}

std::map<std::string, database::LedgerTenant> register_binding(Binding& binding,
                                                               database::Ledger& ledger,
                                                               database::Session& session,
                                                               const Files& files) {
  ListStore lists(ledger, session);
  std::vector<std::string> names{std::string(database::kSharedTenant)};
  lists.store(binding.shared);
  for (Binding::Tenant& tenant : binding.tenants) {
    lists.store(tenant.planned);
    names.push_back(tenant.name);
  }
  std::vector<database::RecordedMigration> recorded;
  for (const std::string& key : lists.keys()) {
    recorded.push_back(recorded_of(key, *find_file(files, key)->migration));
  }
  ledger.register_migrations(session, recorded);
  refuse_other_texts(recorded, ledger.migrations(session));
  return ledger.register_tenants(session, names);
}

}  // namespace lockstep::fleet
